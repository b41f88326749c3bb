"""The points shop at a station: redeem, second person, lately redeemed; goods and stock, who waits."""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from domain.permissions import Permission, may
from domain.shop import RedemptionState
from services.lists.points_exports import export_redemptions
from services.shop.counters import list_counters
from services.shop.goods import list_goods, list_movements
from services.shop.redemptions import list_redemptions
from services.shop.waits import count_waits, list_waits
from services.system.installations import current_profile
from ui import state
from ui.components.export import show_export_of_days
from ui.components.shop import (
    scope_words,
    show_redeeming,
    show_redemptions,
    show_waiting_redemptions,
    show_waits,
    stations_of,
)
from ui.components.shop_stock import show_goods_table, show_movements, show_stock_forms
from ui.i18n import named, t
from ui.safe import safe
from ui.style import panel

actor, now, profile = state.actor(), utc_now(), current_profile()
counters = list_counters(actor, now)
goods = list_goods(actor, offered=not may(actor, Permission.SHOP_EDIT), now=now)
waiting = list_redemptions(actor, RedemptionState.WAITING)
scope, stations = scope_words(actor), stations_of(goods)
with st.container(horizontal=True, key="lg-split-shop"):
    with st.container(key="lg-shop-left"):
        with panel("shop-redeem"):
            shop = named(profile.points.shop.value)
            st.html(f'<div class="lg-title"><b>{safe(t("shop.title", shop=shop))}</b></div>')
            show_redeeming(actor, [good for good in goods if good.is_offered], counters)
        if waiting:
            with panel("shop-second"):
                show_waiting_redemptions(actor, waiting, now, scope)
        with panel("shop-redemptions"):
            show_redemptions(actor, list_redemptions(actor, limit=15), profile, now)
            show_export_of_days(actor, "redemptions", partial(export_redemptions, actor), now)
    with st.container(key="lg-shop-right"):
        with panel("shop-goods"):
            show_goods_table(goods)
            show_stock_forms(actor, goods, counters.stations)
        with panel("shop-waits"):
            show_waits(list_waits(actor), scope, stations, count_waits(actor))
        with panel("shop-movements"):
            show_movements(list_movements(actor, 10), now)
