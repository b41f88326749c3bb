"""Five plans, one per kind of place the program serves; every figure here is an example for tests."""

from geo.town import LevelPlan, StationPlan, StationSite, TownPlan

MICRO = (50, 80)
GRID = (300, 500)

LICUN = TownPlan(
    centre=(112.5837, 34.6021),
    area_km2=4.2,
    water="river",
    households=24_000,
    levels=(
        LevelPlan("street", names=("李村街道",)),
        LevelPlan("community", count=10, names=("南寨社区", "提庄社区"), pattern="{stem}社区"),
        LevelPlan("grid", total=60, households=GRID, pattern="{stem}网格", dedicated=4),
    ),
    station_kinds=(
        StationPlan("centre", 1, (StationSite("李村街道党群服务中心", near="centre"),)),
        StationPlan("station", 10, level="community", pattern="{area}党群服务站"),
    ),
)
WANLI = TownPlan(
    centre=(121.3952, 31.2706),
    area_km2=3.3,
    water="river",
    households=46_000,
    old_share=0.0,
    tower_share=0.55,
    industry_share=0.02,
    compound_names=("愉景华庭", "中环花苑"),
    levels=(
        LevelPlan("street", names=("万里街道",)),
        LevelPlan("community", count=20, pattern="{stem}居民区"),
        LevelPlan("grid", households=GRID, pattern="第{cn}网格", pattern_en="Grid {n}"),
        LevelPlan("group", households=MICRO, pattern="{buildings}楼组", pattern_en="{buildings}"),
    ),
    station_kinds=(StationPlan("station", 20, level="community", pattern="{area}议事厅"),),
)
LANSHAN = TownPlan(
    centre=(119.3187, 35.1024),
    area_km2=4.5,
    water="coast",
    households=14_000,
    old_share=0.14,
    levels=(
        LevelPlan("street", names=("岚山头街道",)),
        LevelPlan("community", count=8, pattern="{stem}社区"),
        LevelPlan("grid", households=GRID, pattern="{parent_stem}第{cn}网格", pattern_en="{parent_stem} Grid {n}"),
    ),
    station_kinds=(
        StationPlan(
            "home",
            5,
            (
                StationSite("少年之家", near="school"),
                StationSite("青年之家", near="centre"),
                StationSite("老年之家", near="park"),
                StationSite("妇女之家"),
                StationSite("船长之家", near="harbour"),
            ),
        ),
        StationPlan("volunteer", 1, (StationSite("志愿者服务站"),)),
    ),
)
LINFENG = TownPlan(
    centre=(115.2138, 29.8467),
    area_km2=0.45,
    water="none",
    households=2_400,
    old_share=0.45,
    levels=(
        LevelPlan("community", names=("林峰社区",)),
        LevelPlan(
            "grid",
            count=6,
            households=GRID,
            names=("平安小区", "宏达花苑", "山水绿洲", "织锦巷", "皮匠山", "六弯巷"),
        ),
        LevelPlan("yard", households=MICRO, pattern="{buildings}院落", pattern_en="{buildings}", kind="micro"),
    ),
    station_kinds=(
        StationPlan(
            "post",
            3,
            (
                StationSite("红石榴驿站", "平安小区"),
                StationSite("睦邻议事厅", "宏达花苑"),
                StationSite("红十字会驿站", "织锦巷"),
            ),
        ),
    ),
)
CHENGDU = TownPlan(
    centre=(104.0668, 30.6612),
    area_km2=3.6,
    water="river",
    households=26_000,
    old_share=0.1,
    levels=(
        LevelPlan("street", pattern="{stem}街道"),
        LevelPlan("community", count=8, pattern="{stem}社区"),
        LevelPlan("grid", households=GRID, pattern="第{cn}网格", pattern_en="Grid {n}"),
        LevelPlan("micro", households=MICRO, pattern="第{cn}微网格", pattern_en="Micro-grid {n}", kind="micro"),
    ),
    station_kinds=(StationPlan("station", 30, pattern="{area}党群服务站", level="grid"),),
)
PLANS = {"licun": LICUN, "wanli": WANLI, "lanshan": LANSHAN, "linfeng": LINFENG, "chengdu": CHENGDU}
