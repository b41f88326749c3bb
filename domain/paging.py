"""Lists in pages, counted from 1."""


def page_within(page: int, total: int, size: int) -> tuple[int, int]:
    """(the page that there is nearest to ``page``, how many there are) of ``total`` rows, ``size`` to a page.

    An empty list has one page.
    """
    pages = max(1, -(-total // size))
    return min(max(1, page), pages), pages
