"""How names are spelled by Chinese of South-East Asia who speak Hokkien, Teochew, Hakka, Hainanese or Foochow.

By hand, from general knowledge of Malaysian, Singaporean and Indonesian usage: the family names, and the characters most
used in given names. Enters: a Han character, simplified. Leaves: spellings with shares. Used to make data/, not to read
names.
"""

from matching.normalise.spelling import Shares

# A character and its spellings, the most usual first.
_SPELLINGS = """
陈 tan chin ting ding tang; 林 lim ling lam; 黄 ng ooi wee wong oei vong; 王 ong heng; 李 lee li lie; 吴 goh ngu go ngo
张 teo teoh chong tiong tio thio; 蔡 chua chuah choa chai choy tjoa; 郑 tay teh tee tang the; 许 koh khoh hii kho khaw
邱 khoo hiew hew khu kiu; 杨 yeo yeoh yong iu njoo; 叶 yap yeap iap; 刘 lau liew lew low liu; 洪 ang hong
郭 kuek quek kwek kok keh kuok; 曾 chan chen tjan chin; 谢 chia cheah sia tjia; 周 chew chiu chiew tjioe; 徐 chee cher tjie
苏 soh saw soo; 江 kang kong; 何 ho hoe hor; 高 ko kor koh kau; 余 eu ee er oo yee; 胡 oh aw foo ow; 朱 choo tjoe
方 png pung hng; 颜 gan ngan; 卢 loh loo low; 罗 lor loh lo low; 萧 siow seow siew seah siaw; 沈 sim shim; 潘 phua phuah poa
姚 yeo yio yew; 施 see si sy; 白 peh pek; 庄 chng cheng tsng; 石 chioh seok sek; 董 tang tong; 彭 phang pheh phe
梁 neo nio leong niu; 赖 lua luah lai; 钟 cheng chung choong; 戴 tay tai teh; 侯 hau kau; 廖 leow liow liau liew liaw
温 oon voon woon; 傅 poh foo; 纪 kee; 辜 koh; 柯 kua quah kwa ko; 连 lian lean len; 龚 kiong keng; 翁 ang eng ong; 孙 sng soon
唐 tng tong; 丁 teng ting; 符 foo hu; 冯 pang fung; 邓 theng teng tan; 魏 gwee goei ngui gooi; 汪 ong; 詹 chiam; 欧 au ow aw
马 beh bey mah; 尤 yew iu; 程 thia thien; 严 giam; 伍 ng goh; 任 jim yam; 甘 kam; 倪 geh gay ngeh; 游 yew yu; 谭 tham tam
汤 thng thong; 黎 lai loi; 卓 toh tok; 范 fam huan; 古 koo ku; 巫 boo moo; 云 hoon wun; 韩 hang hon; 骆 loke loh; 凌 leng
明 beng meng min; 文 boon bun mun; 成 seng sing; 国 kok kwok; 金 kim; 水 chwee swee chui sui; 福 hock hok fook; 禄 lock lok
华 hwa wah fah hua; 美 bee mui mee; 玉 geok gek giok nyuk; 英 eng yin; 丽 lay lee lai; 莲 lian lean lin; 花 huay hua fah
凤 hong foong; 月 guat goat guek; 秀 siew siu seow; 香 hiang heong hiong; 春 choon chun; 秋 chew chiu; 龙 leong leng liong
发 huat fatt; 财 chai choy; 德 teck tek tet; 志 chee chi; 光 kwang kong kuang; 清 cheng chin ching; 山 san suan; 海 hai hye
平 peng ping; 和 ho hoe; 家 kar ka kah; 兴 heng hin hing; 隆 leong long loong; 顺 soon sun; 利 lee lay; 生 seng sang sing
荣 eng yong weng; 昌 cheong chiang chong; 伟 wee wai wei; 雄 hiong heong yong; 强 keong kiong kheong; 忠 tiong teong chong
义 gee ngee yi; 仁 jin yin; 信 sin; 天 tian thian tien thien; 良 leong liang lian; 友 yew yeow yu; 喜 hee; 元 guan goan yen
永 eng yong weng; 宗 chong; 祥 siang seong siong; 瑞 swee sui; 庆 keng kheng hin; 裕 joo yee ju; 源 guan goan yen; 泰 thai tai
进 chin cheen; 建 kian kien keen; 坚 kian keen; 民 bin ming; 辉 hui hwee huey fai; 芳 hong fong phang; 梅 mui boey mooi
雪 seok suat swat; 慧 hui hooi huey hwee; 敏 bin men; 玲 leng ling lin; 珍 tin cheng chin; 爱 ai oi; 惠 hui hwee hooi
贤 hian hean hien; 贵 kwee kui; 富 hoo foo; 南 lam nam; 东 tong tang; 大 tai tua; 小 siau sio; 亚 ah; 阿 ah; 添 thiam tiam tim
炎 yam iam; 保 poh pau; 宝 poh po; 振 chin; 胜 seng sing; 尧 giaw giau ngiau; 中 tiong teong chung; 来 lai loi; 莱 lai
廷 teng thing; 耀 yew yeow yaw; 达 tat tatt; 修 siew siu; 长 tiong teong chong; 汉 han hon; 武 boo bu; 才 chai; 敬 keng kin
丰 hong foong; 彬 pin ping; 心 sim sin; 燕 ean yen; 琴 khim kim; 素 soh soo; 淑 sock siok sok; 贞 cheng chin; 仪 gee yee
"""


def southern_spellings() -> dict[str, Shares]:
    """Spellings of each character listed; each spelling is half as usual again as the next.

    >>> max(southern_spellings()["陈"], key=southern_spellings()["陈"].get)
    'tan'
    """
    lines = (line.split() for row in _SPELLINGS.strip().splitlines() for line in row.split(";"))
    return {line[0]: _falling(line[1:]) for line in lines}


def _falling(spellings: list[str]) -> Shares:
    weights = [1.5**-place for place in range(len(spellings))]
    return {spelling: weight / sum(weights) for spelling, weight in zip(spellings, weights, strict=True)}
