"""The bar at the top of every desk and tablet page: where one is, how old the data is, who one is.

The links are Streamlit's own (a click changes the page without loading it anew). As many stand in the bar as fit;
the menu at their end holds all of them, so that nothing is out of reach on a narrow screen (decision 0040).
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from config.texts import LANGUAGES
from domain.clock import utc_now
from domain.permissions import Actor
from services.accounts.sessions import change_preferences
from services.system.installations import Installation
from ui.components.symbols import symbol_mark
from ui.guard import covered
from ui.i18n import language, t
from ui.registry import GROUPS, Screen
from ui.safe import plain, safe
from ui.times import clock_text, day_text

OLD = timedelta(minutes=10)
STALE = timedelta(minutes=60)
_AGES = ("just", "fresh", "old", "stale")
ALWAYS_SEEN = 6  # links of the bar that fit on a desk whatever the language; of the others the menu says which is open
Link = tuple[Screen, st.Page]


def show_header(
    actor: Actor, installation: Installation, links: Sequence[Link], here: st.Page, data_at: datetime | None = None
) -> None:
    """The header bar; `links` are the pages that the actor's role may open, `here` the one that is open.

    `data_at` (aware) says when the page's data was read: now, unless the page shows something kept.
    """
    now = utc_now()
    with st.container(horizontal=True, key="lg-header", gap=None, vertical_alignment="center"):
        st.html(_brand_html(installation))
        _show_links(links, here)
        st.html(f'<div class="lg-state">{age_html(data_at or now, now)}{clock_html(now)}</div>')
        with st.popover(f"{t(f'roles.{actor.role}')} {plain(actor.name)}", key="lg-user"):
            _show_preferences(actor)
        show_ticker()
        _keep_theme(actor, ["/", *(f"/{screen.path}" for screen, _ in links)])


def _brand_html(installation: Installation) -> str:
    demo = f'<em class="lg-demo">{safe(t("look.demo"))}</em>' if installation.is_demo else ""
    street = f"<small>{safe(installation.street)}</small>"
    return f'<div class="lg-brand"><i></i><b>{safe(t("look.name"))}</b>{street}{demo}</div>'


def _show_links(links: Sequence[Link], here: st.Page) -> None:
    with st.container(horizontal=True, key="lg-nav", gap=None):
        for screen, page in links:
            kind = "here" if page == here else "link"
            with st.container(key=f"lg-{kind}-{screen.path}", gap=None):
                st.page_link(page)
    # A menu of its own for each page: the one that was open would lie over the page that was chosen in it.
    number, at = next(((n, screen.path) for n, (screen, page) in enumerate(links) if page == here), (0, ""))
    name = t("look.menu") if number < ALWAYS_SEEN else f"{t('look.menu')} · {here.title}"
    menu = st.container(key="lg-menu", width="content").popover(name, key=f"lg-menu-of-{at}")
    with menu, st.container(horizontal=True, key="lg-menu-groups"):
        for group in GROUPS:
            pages = [page for screen, page in links if screen.group == group]
            if not pages:
                continue
            with st.container(width=148, gap=None):
                st.html(f'<div class="lg-foot">{safe(t(f"look.menu.{group}"))}</div>')
                for page in pages:
                    st.page_link(page)


def _show_preferences(actor: Actor) -> None:
    st.segmented_control(
        t("look.language"), list(LANGUAGES), default=language(), format_func=LANGUAGES.__getitem__,
        key="lg-language", required=True, on_change=covered(_change), args=(actor, "locale", "lg-language"),
    )  # fmt: skip
    st.segmented_control(
        t("look.theme"), ["light", "dark"], default=actor.theme, format_func=lambda name: t(f"look.theme.{name}"),
        key="lg-theme", required=True, on_change=covered(_change), args=(actor, "theme", "lg-theme"),
    )  # fmt: skip
    st.html(
        '<form class="lg-sign-out" method="post" action="/sign-out">'
        f'<button type="submit">{safe(t("look.sign_out"))}</button></form>'
    )


def _change(actor: Actor, preference: str, key: str) -> None:
    change_preferences(actor, **{preference: st.session_state[key]})


def _keep_theme(actor: Actor, paths: Sequence[str]) -> None:
    """Bring the browser to the actor's theme, by one reload when it shows the other one.

    Streamlit has no call for it: it keeps a choice in the browser, by the path under which a tab was opened, so all
    `paths` get it (decision 0041).
    """
    if st.context.theme.type not in (None, actor.theme):
        values = json.dumps({"paths": list(paths), "theme": actor.theme.capitalize()})
        st.html(f"<script>({_THEME_SCRIPT})({values})</script>", unsafe_allow_javascript=True)


def age_html(data_at: datetime, now: datetime) -> str:
    """HTML of the age of the data: plain, after 10 minutes an amber triangle, after 60 a red diamond.

    The script of `show_ticker` counts on in the browser, also while the server is away.
    """
    age = max(now - data_at, timedelta(0))
    minutes = int(age.total_seconds()) // 60
    level = "stale" if age > STALE else "old" if age > OLD else "fresh"
    templates = {key: t(f"look.age.{key}", clock=clock_text(data_at), n="{n}") for key in _AGES}
    data = "".join(f' data-{key}="{safe(text)}"' for key, text in templates.items())
    words = safe(templates[level if minutes else "just"].replace("{n}", str(minutes)))
    return (
        f'<span class="lg-age lg-age-{level}" data-at="{_ms(data_at)}" data-now="{_ms(now)}"{data}>'
        f"{symbol_mark('clock')}{symbol_mark('due_soon')}{symbol_mark('overdue')}<span>{words}</span></span>"
    )


def clock_html(now: datetime, *, year: bool = False) -> str:
    """HTML of the date with weekday and the time of day, which the script keeps running."""
    return (
        f'<span class="lg-date">{safe(day_text(now, year=year, weekday=True))}</span>'
        f'<span class="lg-clock" data-now="{_ms(now)}">{clock_text(now)}</span>'
    )


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def show_ticker() -> None:
    """The script that keeps clocks and ages of data running, and what shows while the server does not answer.

    Streamlit's own dialog says that in English only; the script takes it away and the style block shows ours. So it
    does with the one about an address that no page has: the first page of one's own is open behind it.
    """
    lost = f'<div class="lg-lost" role="status">{symbol_mark("due_soon")}{safe(t("look.lost"))}</div>'
    st.html(f"{lost}<script>{_TICKER}</script>", unsafe_allow_javascript=True)


_THEME_SCRIPT = """({paths, theme}) => {
  for (const path of [...paths, location.pathname])
    localStorage.setItem(`stActiveTheme-${path}-v2`, JSON.stringify(theme));
  // A browser that keeps nothing must not reload for ever.
  if (sessionStorage.getItem("linge.theme") === theme + location.pathname) return;
  sessionStorage.setItem("linge.theme", theme + location.pathname);
  location.reload();
}"""
# The server's clock counts, not the browser's: `data-now` says what time it was when the element was drawn.
_TICKER = """(() => {
  if (window.lingeTicker) return;
  const drawn = new WeakMap(), two = (n) => String(n).padStart(2, "0");
  const now = (el) => {
    let known = drawn.get(el);
    if (!known || known.stamp !== el.dataset.now) {
      known = {stamp: el.dataset.now, skew: el.dataset.now - Date.now()};
      drawn.set(el, known);
    }
    return Date.now() + known.skew;
  };
  const tick = () => {
    for (const el of document.querySelectorAll(".lg-clock[data-now]")) {
      const local = new Date(now(el) + 8 * 3600e3);
      const text = two(local.getUTCHours()) + ":" + two(local.getUTCMinutes());
      if (el.textContent !== text) el.textContent = text;
    }
    for (const el of document.querySelectorAll(".lg-age[data-at]")) {
      const minutes = Math.max(0, Math.floor((now(el) - el.dataset.at) / 60000));
      const level = minutes > 60 ? "stale" : minutes > 10 ? "old" : "fresh";
      const text = el.dataset[minutes ? level : "just"].replace("{n}", minutes);
      if (el.lastElementChild.textContent !== text) el.lastElementChild.textContent = text;
      el.className = "lg-age lg-age-" + level;
      document.documentElement.dataset.lgAge = level;
    }
  };
  const hide = () => {
    for (const dialog of document.querySelectorAll('[data-testid="stDialog"]')) {
      const words = dialog.textContent.trim();
      if (words.startsWith("Connection error")) dialog.style.display = "none";
      if (words.startsWith("Page not found")) dialog.querySelector('[aria-label="Close"]')?.click();
    }
  };
  new MutationObserver(hide).observe(document.body, {childList: true, subtree: false});
  window.lingeTicker = setInterval(() => { tick(); hide(); }, 2000);
})();"""
