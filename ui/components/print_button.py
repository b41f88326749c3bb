"""The button that opens the browser's print window; what is then on paper the page's style says."""

import streamlit as st

from ui.i18n import t
from ui.safe import safe

_PRINT = """window.lingePrint ||= (document.addEventListener("click", (event) => {
  if (event.target.closest?.(".lg-print")) window.print();
}), true);"""


def show_print_button() -> None:
    """`打印`: one press for what Ctrl+P does."""
    button = f'<button type="button" class="lg-print">{safe(t("look.print"))}</button>'
    st.html(f"{button}<script>{_PRINT}</script>", unsafe_allow_javascript=True, width="content")
