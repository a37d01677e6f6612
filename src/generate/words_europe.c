/* words_europe.c -- German, Dutch, Polish, Turkish, Russian; slots as in words_romance.c. Written
 * for this program; data. */
#include "text.h"

#define GOOD_ENDINGS GSI_PARTS("!", ".", "!!", " %E", " %E%E", "! %E", "", "!!!", ". %E", "")
#define BAD_ENDINGS GSI_PARTS(".", "!", " %E", "...", "!!", ". %E", "", "?!")
#define FLAT_ENDINGS GSI_PARTS(".", ".", "", "...", "", " %E")

const struct gsi_generate_language gsi_generate_german = {
    .code = "de",
    .gap = " ",
    .latin = true,
    .lists.openers = GSI_PARTS("ehrlich gesagt: ", "also ", "nach dem Video: ", "für mich gilt: ",
                               "kurzes Update: ", "%w meint, ", "Grüße aus Graz, ", "haha "),
    .lists.words =
        {['s' - 'a'] = GSI_PARTS("das Produkt", "die Lieferung", "dein Video", "die Qualität",
                                 "die Farbe", "diese Marke", "der Preis", "das Rezept", "die Jacke",
                                 "das Handy", "der zweite Teil", "die Creme", "das Gewinnspiel"),
         ['p' - 'a'] =
             GSI_PARTS("ist großartig", "gefällt mir sehr", "ist jeden Cent wert",
                       "sieht wunderschön aus", "funktioniert super", "macht richtig Spaß",
                       "ist gar nicht schlecht", "ist besser als früher"),
         ['q' - 'a'] = GSI_PARTS("ist schrecklich", "taugt überhaupt nichts", "hat mich enttäuscht",
                                 "kam kaputt an", "ist viel zu teuer", "ist Geldverschwendung",
                                 "ist schlechter als früher", "nervt nur noch"),
         ['n' - 'a'] = GSI_PARTS("gibt es in %N Größen", "kam am Dienstag", "kommt aus Portugal",
                                 "kostet hier %P", "erscheint im Mai", "ist von %Y"),
         ['v' - 'a'] = GSI_PARTS("nach %N Tagen", "seit %Y", "für %P", "in echt", "bei %T",
                                 "schon wieder", "seit %N Wochen", "in Größe %N"),
         ['w' - 'a'] = GSI_PARTS("meine Schwester", "meine Mutter", "%A", "mein Freund",
                                 "meine Cousine %A", "meine Nachbarin"),
         ['y' - 'a'] = GSI_PARTS("danke dafür", "weiter so", "klare Empfehlung", "ich liebe es",
                                 "du bist die Beste", "Grüße von %A"),
         ['z' - 'a'] = GSI_PARTS("nie wieder", "keine Empfehlung", "ich will meine %P zurück",
                                 "so ein Mist", "echt peinlich", "Finger weg")},
    .lists.sentences =
        {GSI_PARTS("%s %p, %y", "%s %p %v", "%w findet auch, %s %p %v", "%y, %s %p %v"),
         GSI_PARTS("%s %q, %z", "%s %q %v", "%w findet auch, %s %q %v", "%z, %s %q %v"),
         GSI_PARTS("%s %n", "was kostet das, %P?", "wo gibt es das, bei %U?", "stimmt es, %s %n?",
                   "%w fragt nach Größe %N", "%s oder lieber %s?", "welches Lied ist das bei %T?")},
    .lists.endings = {GOOD_ENDINGS, BAD_ENDINGS, FLAT_ENDINGS},
    .lists.shorts = {GSI_PARTS("%E%E%E", "wie schön", "mega %E", "richtig gut", "Traum",
                               "so süß %E"),
                     GSI_PARTS("%E", "nein", "peinlich", "furchtbar %E", "schade"),
                     GSI_PARTS("%M", "Preis?", "Erste", "%M schau mal", "hallo", "woher?")},
    .lists.replies = GSI_PARTS("danke %A! %E", "%M danke dir %E", "kostet %P, steht auf %U",
                               "%M ich trage Größe %N"),
};

const struct gsi_generate_language gsi_generate_dutch = {
    .code = "nl",
    .gap = " ",
    .latin = true,
    .lists.openers = GSI_PARTS("eerlijk gezegd, ", "voor mij ", "na je video: ", "hoi, ",
                               "%w zegt: ", "kleine update: "),
    .lists.words =
        {['s' - 'a'] = GSI_PARTS("dit product", "de levering", "je video", "de kwaliteit",
                                 "de kleur", "dit merk", "de prijs", "je recept", "de jas",
                                 "deze telefoon", "het tweede deel", "de crème"),
         ['p' - 'a'] = GSI_PARTS("is geweldig", "vind ik prachtig", "is elke cent waard",
                                 "werkt perfect", "maakt me blij", "is niet slecht"),
         ['q' - 'a'] = GSI_PARTS("is vreselijk", "werkt niet", "viel enorm tegen", "kwam kapot aan",
                                 "is veel te duur", "stinkt"),
         ['n' - 'a'] = GSI_PARTS("is er in %N maten", "kwam dinsdag", "komt uit Portugal",
                                 "kost hier %P", "komt in mei", "is van %Y"),
         ['v' - 'a'] = GSI_PARTS("na %N dagen", "sinds %Y", "voor %P", "in het echt", "op %T",
                                 "alweer", "al %N weken"),
         ['w' - 'a'] = GSI_PARTS("mijn zus", "mijn moeder", "%A", "mijn vriend", "mijn nicht %A"),
         ['y' - 'a'] =
             GSI_PARTS("dank je wel", "ga zo door", "echt een aanrader", "groetjes van %A"),
         ['z' - 'a'] =
             GSI_PARTS("nooit meer", "geen aanrader", "ik wil mijn %P terug", "wat een schande")},
    .lists.sentences =
        {GSI_PARTS("%s %p %v", "%s %p, %y", "%y, %s %p %v", "%w zegt dat ook, %s %p %v"),
         GSI_PARTS("%s %q %v", "%s %q, %z", "%z, %s %q %v", "%w zegt dat ook, %s %q %v"),
         GSI_PARTS("%s %n", "wat kost dat, %P?", "waar koop je dat, bij %U?", "klopt het, %s %n?",
                   "%w vraagt om maat %N", "welk liedje is dat op %T?")},
    .lists.endings = {GOOD_ENDINGS, BAD_ENDINGS, FLAT_ENDINGS},
    .lists.shorts = {GSI_PARTS("%E%E%E", "zo mooi", "super %E", "prachtig", "top"),
                     GSI_PARTS("%E", "nee", "jammer %E", "lelijk"),
                     GSI_PARTS("%M", "prijs?", "eerste", "%M kijk", "hoi")},
    .lists.replies = GSI_PARTS("dank je %A! %E", "%M dank je wel %E"),
};

const struct gsi_generate_language gsi_generate_polish = {
    .code = "pl",
    .gap = " ",
    .latin = true,
    .lists.openers = GSI_PARTS("szczerze mówiąc, ", "dla mnie ", "po filmie: ", "hej, ",
                               "%w mówi, że ", "pozdrawiam z Gdyni, "),
    .lists.words =
        {['s' - 'a'] = GSI_PARTS("ten produkt", "ta dostawa", "twój film", "ta jakość", "ten kolor",
                                 "ta marka", "ta cena", "ten przepis", "ta kurtka", "ten telefon",
                                 "druga część", "ten krem"),
         ['p' - 'a'] = GSI_PARTS("jest super", "bardzo mi się podoba", "jest wart każdej złotówki",
                                 "działa świetnie", "poprawia humor", "nie zawodzi"),
         ['q' - 'a'] = GSI_PARTS("to porażka", "nie działa", "bardzo mnie zawiódł",
                                 "to strata pieniędzy", "to oszustwo", "strasznie śmierdzi"),
         ['n' - 'a'] = GSI_PARTS("jest w %N rozmiarach", "przyszedł we wtorek", "jest z Portugalii",
                                 "kosztuje tu %P", "wychodzi w maju", "jest z %Y"),
         ['v' - 'a'] = GSI_PARTS("po %N dniach", "od %Y", "za %P", "na żywo", "w %T", "znowu",
                                 "od %N tygodni"),
         ['w' - 'a'] =
             GSI_PARTS("moja siostra", "moja mama", "%A", "mój chłopak", "moja kuzynka %A"),
         ['y' - 'a'] =
             GSI_PARTS("dziękuję", "kocham to", "polecam", "tak trzymaj", "pozdrawiam, %A"),
         ['z' - 'a'] = GSI_PARTS("nigdy więcej", "nie polecam", "oddajcie moje %P", "wstyd")},
    .lists.sentences = {GSI_PARTS("%s %p %v", "%s %p, %y", "%y, %s %p %v", "%w też mówi, %s %p %v"),
                        GSI_PARTS("%s %q %v", "%s %q, %z", "%z, %s %q %v", "%w też mówi, %s %q %v"),
                        GSI_PARTS("%s %n", "ile to kosztuje, %P?", "gdzie to kupić, na %U?",
                                  "to prawda, że %s %n?", "%w pyta o rozmiar %N",
                                  "co to za piosenka w %T?")},
    .lists.endings = {GOOD_ENDINGS, BAD_ENDINGS, FLAT_ENDINGS},
    .lists.shorts = {GSI_PARTS("%E%E%E", "cudowne", "piękna %E", "kocham", "super"),
                     GSI_PARTS("%E", "nie", "słabe %E", "brzydkie"),
                     GSI_PARTS("%M", "cena?", "pierwsza", "%M zobacz", "hej")},
    .lists.replies = GSI_PARTS("dziękuję %A! %E", "%M dzięki %E"),
};

const struct gsi_generate_language gsi_generate_turkish = {
    .code = "tr",
    .gap = " ",
    .latin = true,
    .lists.openers = GSI_PARTS("açıkçası ", "bence ", "videodan sonra ", "arkadaşlar ",
                               "%w diyor ki ", "selam, "),
    .lists.words =
        {['s' - 'a'] = GSI_PARTS("bu ürün", "kargo", "videon", "kalite", "renk", "bu marka",
                                 "fiyat", "tarif", "ceket", "telefon", "ikinci bölüm", "krem"),
         ['p' - 'a'] = GSI_PARTS("harika", "çok güzel", "her kuruşuna değer", "mükemmel çalışıyor",
                                 "beni mutlu etti", "hiç fena değil"),
         ['q' - 'a'] = GSI_PARTS("berbat", "hiç işe yaramıyor", "beni hayal kırıklığına uğrattı",
                                 "kırık geldi", "çok pahalı", "çok kötü kokuyor"),
         ['n' - 'a'] = GSI_PARTS("%N bedende var", "salı günü geldi", "burada %P",
                                 "mayısta çıkıyor", "%Y yılından"),
         ['v' - 'a'] = GSI_PARTS("%N gün sonra", "%Y yılından beri", "%P için", "gerçekten",
                                 "%T dakikada", "yine", "%N haftadır"),
         ['w' - 'a'] = GSI_PARTS("ablam", "annem", "%A", "arkadaşım", "kuzenim %A"),
         ['y' - 'a'] =
             GSI_PARTS("teşekkürler", "seni seviyoruz", "tavsiye ederim", "%A selam söylüyor"),
         ['z' - 'a'] = GSI_PARTS("bir daha asla", "tavsiye etmem", "%P geri istiyorum", "yazık")},
    .lists.sentences = {GSI_PARTS("%s %v %p", "%s %p, %y", "%y, %s %v %p", "%w da diyor, %s %v %p"),
                        GSI_PARTS("%s %v %q", "%s %q, %z", "%z, %s %v %q", "%w da diyor, %s %v %q"),
                        GSI_PARTS("%s %n", "fiyatı ne, %P mi?", "nereden aldın, %U mi?",
                                  "%w soruyor, %s %n mi?", "%N beden var mı?",
                                  "%T dakikadaki şarkı ne?")},
    .lists.endings = {GOOD_ENDINGS, BAD_ENDINGS, FLAT_ENDINGS},
    .lists.shorts = {GSI_PARTS("%E%E%E", "çok güzel", "bayıldım %E", "harika", "canım benim"),
                     GSI_PARTS("%E", "hayır", "berbat %E", "çirkin"),
                     GSI_PARTS("%M", "fiyat?", "ilk", "%M bak", "selam")},
    .lists.replies = GSI_PARTS("teşekkürler %A! %E", "%M çok sağ ol %E"),
};

const struct gsi_generate_language gsi_generate_russian = {
    .code = "ru",
    .gap = " ",
    .lists.openers = GSI_PARTS("честно, ", "для меня ", "после видео ", "ребята, ", "%w говорит: "),
    .lists.words =
        {['s' - 'a'] = GSI_PARTS("этот крем", "доставка", "твоё видео", "качество", "цвет",
                                 "этот бренд", "цена", "рецепт", "куртка", "телефон"),
         ['p' - 'a'] = GSI_PARTS("просто супер", "очень нравится", "стоит своих денег",
                                 "радует каждый день", "лучше всех"),
         ['q' - 'a'] = GSI_PARTS("просто ужас", "не работает", "сплошной обман", "хуже некуда",
                                 "очень разочаровал"),
         ['n' - 'a'] = GSI_PARTS("есть в %N размерах", "у нас за %P", "выйдет в мае", "%Y года"),
         ['v' - 'a'] = GSI_PARTS("через %N дней", "с %Y года", "за %P", "вживую", "на %T", "опять"),
         ['w' - 'a'] = GSI_PARTS("сестра", "мама", "подруга", "соседка", "мой брат"),
         ['y' - 'a'] = GSI_PARTS("спасибо", "люблю тебя", "советую всем", "так держать"),
         ['z' - 'a'] = GSI_PARTS("никогда больше", "не советую", "верните мои %P", "стыдно")},
    .lists.sentences = {GSI_PARTS("%s %p %v", "%s %p, %y", "%y, %s %p %v"),
                        GSI_PARTS("%s %q %v", "%s %q, %z", "%z, %s %q %v"),
                        GSI_PARTS("%s %n", "сколько стоит, %P?", "где купить, на %U?",
                                  "что за песня на %T?", "%w спрашивает, есть ли %N")},
    .lists.endings = {GOOD_ENDINGS, BAD_ENDINGS, FLAT_ENDINGS},
    .lists.shorts = {GSI_PARTS("%E%E%E", "красота", "супер %E", "люблю"),
                     GSI_PARTS("%E", "нет", "ужас %E", "фу"),
                     GSI_PARTS("%M", "цена?", "первая", "%M смотри", "привет")},
};
