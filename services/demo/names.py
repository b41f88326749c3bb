"""Invented people: names drawn from common characters, no phone number that could ring anywhere."""

import random

# Compound surnames appear too, so that masking by surname is seen to work on them.
SURNAMES = (
    *(
        "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾萧田董袁潘蒋蔡余"
        "杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙"
        "史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    ),
    *("欧阳", "上官", "司马", "诸葛"),
)
GIVEN = (
    "安柏博昌晨承诚川春达德东帆芳飞丰福刚歌光广国海浩和恒宏华欢晖慧佳建江杰洁金静军康兰磊丽林玲龙梅"
    "敏明宁平琪强琴清泉荣锐瑞珊胜思松涛婷伟文汐霞贤翔晓欣秀雅岩燕阳怡英勇宇雨玉远月云泽昭珍志忠舟竹子"
)


def invented_name(rng: random.Random) -> str:
    """A surname and one or two given characters; different people may share one, as they do."""
    given = "".join(rng.sample(GIVEN, 1 if rng.random() < 0.22 else 2))
    return rng.choice(SURNAMES) + given


def invented_phone(number: int) -> str:
    """An 11-digit number that no operator gives out: the range 100 does not exist."""
    return f"100{number % 10**8:08d}"
