/* words_asia.c -- Indonesian, Hindi in both scripts, Arabic, Japanese, Korean, Chinese; slots as in
 * words_romance.c. Written for this program; data. */
#include "text.h"

#define GOOD_ENDINGS GSI_PARTS("!", ".", "!!", " %E", " %E%E", "! %E", "", "", ". %E")
#define BAD_ENDINGS GSI_PARTS(".", "!", " %E", "...", "", ". %E")
#define FLAT_ENDINGS GSI_PARTS(".", "", "...", " %E")

const struct gsi_generate_language gsi_generate_indonesian = {
    .code = "id",
    .gap = " ",
    .latin = true,
    .lists.openers =
        GSI_PARTS("jujur, ", "menurutku ", "habis nonton, ", "kak, ", "kata %w, ", "wkwkwk "),
    .lists.words =
        {['s' - 'a'] = GSI_PARTS("produk ini", "pengiriman", "videomu", "kualitasnya", "warnanya",
                                 "merek ini", "harganya", "resepmu", "jaketnya", "hp ini",
                                 "bagian kedua", "krimnya"),
         ['p' - 'a'] = GSI_PARTS("keren banget", "bagus sekali", "sepadan dengan harganya",
                                 "bikin senang", "aku suka banget", "nggak mengecewakan"),
         ['q' - 'a'] = GSI_PARTS("jelek banget", "nggak guna", "mengecewakan", "rusak", "kemahalan",
                                 "bau banget"),
         ['n' - 'a'] = GSI_PARTS("ada %N ukuran", "datang hari selasa", "di sini %P",
                                 "keluar bulan mei", "dari tahun %Y"),
         ['v' - 'a'] = GSI_PARTS("setelah %N hari", "sejak %Y", "buat %P", "aslinya", "di %T",
                                 "lagi", "udah %N minggu"),
         ['w' - 'a'] = GSI_PARTS("kakakku", "ibuku", "%A", "temanku", "sepupuku %A"),
         ['y' - 'a'] = GSI_PARTS("makasih kak", "sehat selalu", "wajib coba", "salam dari %A"),
         ['z' - 'a'] = GSI_PARTS("kapok", "nggak lagi deh", "balikin %P aku", "malu-maluin")},
    .lists.sentences = {GSI_PARTS("%s %p %v", "%s %p, %y", "%y, %s %p %v", "kata %w juga %s %p %v"),
                        GSI_PARTS("%s %q %v", "%s %q, %z", "%z, %s %q %v", "kata %w juga %s %q %v"),
                        GSI_PARTS("%s %n", "berapa harganya, %P?", "beli di mana, di %U?",
                                  "%w tanya, %s %n?", "ada ukuran %N?", "lagu apa di %T?")},
    .lists.endings = {GOOD_ENDINGS, BAD_ENDINGS, FLAT_ENDINGS},
    .lists.shorts = {GSI_PARTS("%E%E%E", "keren banget", "cantik %E", "suka", "mantap"),
                     GSI_PARTS("%E", "jelek", "nggak %E", "lebay"),
                     GSI_PARTS("%M", "harga?", "pertama", "%M liat", "kak")},
    .lists.replies = GSI_PARTS("makasih %A! %E", "%M makasih ya %E"),
};

const struct gsi_generate_language gsi_generate_hindi = {
    .code = "hi",
    .gap = " ",
    .lists.openers = GSI_PARTS("सच कहूँ तो ", "मेरे लिए ", "दीदी, ", "%w कहती है कि "),
    .lists.words = {['s' - 'a'] = GSI_PARTS("यह क्रीम", "वीडियो", "यह रंग", "यह साड़ी", "यह फ़ोन",
                                            "कीमत", "यह रेसिपी", "डिलीवरी"),
                    ['p' - 'a'] = GSI_PARTS("सुंदर है", "कमाल की है", "मस्त है", "सबसे अच्छी है"),
                    ['q' - 'a'] = GSI_PARTS("बेकार है", "बहुत महँगी है", "टूट गई", "धोखा"),
                    ['n' - 'a'] = GSI_PARTS("%N साइज़ में है", "%P की है", "%Y की है", "नई है"),
                    ['v' - 'a'] = GSI_PARTS("%N दिन बाद", "%Y से", "%P में", "%T पर", "फिर से"),
                    ['w' - 'a'] = GSI_PARTS("मेरी बहन", "माँ", "मेरी दोस्त", "पड़ोसन"),
                    ['y' - 'a'] = GSI_PARTS("धन्यवाद", "मज़ा आ गया", "ज़रूर लें"),
                    ['z' - 'a'] = GSI_PARTS("कभी नहीं", "पैसे बर्बाद", "मत लेना")},
    .lists.sentences = {GSI_PARTS("%s %v %p", "%s %p, %y", "%y, %s %v %p"),
                        GSI_PARTS("%s %v %q", "%s %q, %z", "%z, %s %v %q"),
                        GSI_PARTS("%s %n", "कितने की है, %P?", "कहाँ मिलेगी, %U पर?",
                                  "%T पर कौन सा गाना है?")},
    .lists.endings = {GSI_PARTS("!", "।", " %E", "", "! %E"), GSI_PARTS("।", " %E", "", "!"),
                      GSI_PARTS("।", "", " %E")},
    .lists.shorts = {GSI_PARTS("%E%E%E", "सुंदर", "वाह %E", "कमाल"),
                     GSI_PARTS("%E", "बेकार", "नहीं %E"), GSI_PARTS("%M", "कीमत?", "%M देख")},
};

const struct gsi_generate_language gsi_generate_hinglish = {
    .code = "hi",
    .gap = " ",
    .latin = true,
    .lists.openers = GSI_PARTS("sach bolu to ", "bhai ", "yaar ", "%w bol rahi hai ", "didi "),
    .lists.words =
        {['s' - 'a'] = GSI_PARTS("ye product", "ye video", "iska color", "ye phone", "delivery",
                                 "ye jacket", "ye recipe", "iski quality", "price"),
         ['p' - 'a'] = GSI_PARTS("ekdum mast hai", "bahut sundar hai", "paisa vasool hai",
                                 "dil jeet liya", "sabse accha hai"),
         ['q' - 'a'] = GSI_PARTS("bilkul bekar hai", "toot gaya", "bahut mehnga hai", "dhokha hai",
                                 "pasand nahi aaya"),
         ['n' - 'a'] = GSI_PARTS("%N size me hai", "yahan %P ka hai", "%Y ka hai", "may me aayega"),
         ['v' - 'a'] =
             GSI_PARTS("%N din baad", "%Y se", "%P me", "%T pe", "phir se", "%N hafte se"),
         ['w' - 'a'] = GSI_PARTS("meri behen", "mummy", "%A", "dost"),
         ['y' - 'a'] =
             GSI_PARTS("thank you", "maza aa gaya", "zaroor lena", "%A ki taraf se pyaar"),
         ['z' - 'a'] = GSI_PARTS("kabhi nahi", "paise waste", "mat lena", "%P wapas do")},
    .lists.sentences = {GSI_PARTS("%s %v %p", "%s %p, %y", "%y, %s %v %p", "%w bhi bole %s %v %p"),
                        GSI_PARTS("%s %v %q", "%s %q, %z", "%z, %s %v %q", "%w bhi bole %s %v %q"),
                        GSI_PARTS("%s %n", "kitne ka hai, %P?", "kahan milega, %U pe?",
                                  "%T pe konsa gaana hai?", "%w puch rahi size %N hai kya?")},
    .lists.endings = {GOOD_ENDINGS, BAD_ENDINGS, FLAT_ENDINGS},
    .lists.shorts = {GSI_PARTS("%E%E%E", "bahut sundar", "mast %E", "op bhai"),
                     GSI_PARTS("%E", "bekar", "nahi %E"),
                     GSI_PARTS("%M", "price?", "%M dekh", "hi didi")},
};

const struct gsi_generate_language gsi_generate_arabic = {
    .code = "ar",
    .gap = " ",
    .lists.openers = GSI_PARTS("بصراحة ", "بالنسبة لي ", "بعد الفيديو ", "يا جماعة "),
    .lists.words = {['s' - 'a'] = GSI_PARTS("هذا المنتج", "التوصيل", "الفيديو", "اللون", "السعر",
                                            "الوصفة", "الجوال", "الفستان"),
                    ['p' - 'a'] = GSI_PARTS("رائع جدا", "جميل", "يستاهل كل ريال", "أفضل من غيره"),
                    ['q' - 'a'] = GSI_PARTS("سيء جدا", "غالي", "وصل مكسور", "ما يستاهل"),
                    ['n' - 'a'] =
                        GSI_PARTS("فيه %N مقاسات", "عندنا بسعر %P", "من %Y", "ينزل في مايو"),
                    ['v' - 'a'] = GSI_PARTS("بعد %N يوم", "من %Y", "بسعر %P", "في %T", "مرة ثانية"),
                    ['w' - 'a'] = GSI_PARTS("أختي", "أمي", "صديقتي", "أخوي"),
                    ['y' - 'a'] = GSI_PARTS("شكرا", "الله يسعدك", "أنصح فيه"),
                    ['z' - 'a'] = GSI_PARTS("ما أنصح فيه", "رجعوا فلوسي", "خسارة")},
    .lists.sentences = {GSI_PARTS("%s %p %v", "%s %p، %y", "%y، %s %p %v"),
                        GSI_PARTS("%s %q %v", "%s %q، %z", "%z، %s %q %v"),
                        GSI_PARTS("%s %n", "كم السعر، %P؟", "من وين، %U؟",
                                  "%w تسأل، فيه مقاس %N؟")},
    .lists.endings = {GSI_PARTS("!", ".", " %E", "", "! %E"), GSI_PARTS(".", " %E", "", "!"),
                      GSI_PARTS(".", "", " %E")},
    .lists.shorts = {GSI_PARTS("%E%E%E", "جميل جدا", "يا سلام %E", "روعة"),
                     GSI_PARTS("%E", "لا", "سيء %E"),
                     GSI_PARTS("%M", "السعر؟", "%M شوفي", "مرحبا")},
};

const struct gsi_generate_language gsi_generate_japanese = {
    .code = "ja",
    .gap = "",
    .lists.openers = GSI_PARTS("正直、", "動画を見て、", "個人的に", "やっぱり", "久しぶりに、"),
    .lists.words =
        {['s' - 'a'] = GSI_PARTS("この商品は", "この色は", "新しいジャケットは", "このブランドは",
                                 "値段は", "この動画は", "レシピは", "二つ目は"),
         ['p' - 'a'] = GSI_PARTS("最高です", "とても素敵です", "大好きです", "使いやすいです",
                                 "毎日楽しいです"),
         ['q' - 'a'] = GSI_PARTS("最悪です", "がっかりしました", "高すぎます", "すぐ壊れました"),
         ['n' - 'a'] = GSI_PARTS("火曜日に届きました", "%Nサイズあります", "五月に出ます",
                                 "%Y年のです", "%Pでした"),
         ['v' - 'a'] = GSI_PARTS("%N日たって", "%Y年から", "%Tのところ", "また", "%N回見て"),
         ['w' - 'a'] = GSI_PARTS("妹も", "母も", "友達も", "みんな"),
         ['y' - 'a'] = GSI_PARTS("ありがとう", "応援してます", "おすすめです"),
         ['z' - 'a'] = GSI_PARTS("もう買いません", "残念です", "返金してほしい")},
    .lists.sentences = {GSI_PARTS("%v、%s%p", "%s%p、%y", "%w%s%p", "%y、%s%p"),
                        GSI_PARTS("%v、%s%q", "%s%q、%z", "%w%s%q", "%z、%s%q"),
                        GSI_PARTS("%s%n", "いくらですか、%P？", "%Tの曲は何ですか？",
                                  "%Nサイズはありますか？")},
    .lists.endings = {GSI_PARTS("！", "。", "%E", "✨", ""), GSI_PARTS("。", "…", "%E", "💢"),
                      GSI_PARTS("。", "？", "")},
    .lists.shorts = {GSI_PARTS("%E%E%E", "かわいい", "最高%E", "素敵"),
                     GSI_PARTS("%E", "微妙", "残念%E"), GSI_PARTS("%M", "いくら？", "一番", "草")},
};

const struct gsi_generate_language gsi_generate_korean = {
    .code = "ko",
    .gap = " ",
    .lists.openers = GSI_PARTS("솔직히 ", "저는 ", "영상 보고 ", "언니 "),
    .lists.words = {['s' - 'a'] = GSI_PARTS("이 제품", "이 색깔", "배송", "가격", "이 영상",
                                            "레시피", "이 재킷", "핸드폰"),
                    ['p' - 'a'] =
                        GSI_PARTS("너무 좋아요", "정말 예뻐요", "돈이 안 아까워요", "최고예요"),
                    ['q' - 'a'] =
                        GSI_PARTS("별로예요", "너무 비싸요", "바로 고장났어요", "실망했어요"),
                    ['n' - 'a'] = GSI_PARTS("사이즈 %N개 있어요", "화요일에 왔어요",
                                            "여기는 %P예요", "%Y년 거예요"),
                    ['v' - 'a'] = GSI_PARTS("%N일 써보니", "%Y년부터", "%T 부분", "또", "%N주째"),
                    ['w' - 'a'] = GSI_PARTS("동생도", "엄마도", "친구도"),
                    ['y' - 'a'] = GSI_PARTS("감사합니다", "사랑해요", "추천해요"),
                    ['z' - 'a'] = GSI_PARTS("다시는 안 사요", "추천 안 해요", "환불해 주세요")},
    .lists.sentences = {GSI_PARTS("%s %v %p", "%s %p %y", "%y %s %v %p", "%w %s %p"),
                        GSI_PARTS("%s %v %q", "%s %q %z", "%z %s %v %q", "%w %s %q"),
                        GSI_PARTS("%s %n", "얼마예요? %P?", "%T 노래 뭐예요?", "%U 여기서 사요?",
                                  "사이즈 %N 있어요?")},
    .lists.endings = {GSI_PARTS("!", ".", " %E", "", "~", "!!"), GSI_PARTS(".", " %E", " ㅠㅠ", ""),
                      GSI_PARTS(".", "", "?")},
    .lists.shorts = {GSI_PARTS("%E%E%E", "너무 예뻐요", "최고 %E", "ㅋㅋㅋ"),
                     GSI_PARTS("%E", "별로", "ㅠㅠ"),
                     GSI_PARTS("%M", "얼마예요?", "1등", "%M 봐봐")},
};

const struct gsi_generate_language gsi_generate_chinese = {
    .code = "zh",
    .gap = "",
    .lists.openers = GSI_PARTS("说实话，", "我觉得", "看完视频，", "大家好，"),
    .lists.words = {['s' - 'a'] = GSI_PARTS("这个产品", "这个颜色", "快递", "价格", "这个视频",
                                            "这件外套", "这款手机", "你的菜谱"),
                    ['p' - 'a'] = GSI_PARTS("太好了", "很好看", "值这个价", "我很喜欢", "比以前好"),
                    ['q' - 'a'] = GSI_PARTS("太差了", "坏了", "太贵了", "让我失望", "是骗人的"),
                    ['n' - 'a'] =
                        GSI_PARTS("有%N个尺码", "星期二到的", "这里卖%P", "是%Y年的", "五月上市"),
                    ['v' - 'a'] = GSI_PARTS("用了%N天", "从%Y年起", "在%T", "又一次", "等了%N周"),
                    ['w' - 'a'] = GSI_PARTS("我妹妹", "我妈", "我朋友", "同事"),
                    ['y' - 'a'] = GSI_PARTS("谢谢你", "支持", "推荐大家买"),
                    ['z' - 'a'] = GSI_PARTS("再也不买了", "不推荐", "退钱")},
    .lists.sentences = {GSI_PARTS("%v，%s%p", "%s%p，%y", "%w说%s%p", "%y，%s%p"),
                        GSI_PARTS("%v，%s%q", "%s%q，%z", "%w说%s%q", "%z，%s%q"),
                        GSI_PARTS("%s%n", "多少钱，%P？", "%T是什么歌？", "有%N码吗？")},
    .lists.endings = {GSI_PARTS("！", "。", "%E", ""), GSI_PARTS("。", "…", "%E", ""),
                      GSI_PARTS("。", "？", "")},
    .lists.shorts = {GSI_PARTS("%E%E%E", "好美", "喜欢%E", "哈哈哈"),
                     GSI_PARTS("%E", "难看", "差评%E"),
                     GSI_PARTS("%M", "多少钱？", "沙发", "求链接")},
};
