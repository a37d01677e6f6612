/* phrases.c -- the words of the generated texts. Written for this program; data, no rules. */
#include "text.h"

#define PARTS(...)                                                                                 \
    {                                                                                              \
        (const char *const[]){__VA_ARGS__},                                                        \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)                            \
    }

/* Endings are much alike in all languages. */
#define GOOD_ENDINGS                                                                               \
    PARTS("!", ".", "!!", " 😍", " ❤️", "! 🔥", " 👏👏", " :)", "!!!", " 🙌", ". 💯", " 🥰", ".",  \
          ".")
#define BAD_ENDINGS                                                                                \
    PARTS(".", "!", " 😡", " 👎", "...", " 😭", "!!", " 🤮", " :(", ". 💔", " 🙄", ".", ".", "?!")
#define FLAT_ENDINGS PARTS(".", ".", ".", "?", "", ".", " 🤔", "...", ".", ".")

const struct gsi_generate_language gsi_generate_languages[] = {
    {.code = "en",
     .openers = PARTS("Honestly, ", "Okay so ", "Not gonna lie, ", "For me ", "I have to say ",
                      "Two weeks in and ", "After your video ", "My sister says ", "To be fair, ",
                      "Update: ", "I tried it and ", "As a student, I think ", "Hey, "),
     .subjects = PARTS("this lipstick", "the new jacket", "your review", "that serum",
                       "the packaging", "this brand", "their customer service", "the delivery",
                       "the blue one", "this collab", "the quality", "your outfit", "the price",
                       "that recipe", "the whole campaign", "this phone", "the battery",
                       "your morning routine", "the second part", "that sneaker", "the colour",
                       "this giveaway", "the app", "the smell"),
     .predicates = {PARTS(" is absolutely amazing", " is so good, I love it", " looks gorgeous",
                          " made my day", " is the best I have ever had", " was worth every cent",
                          " is really helpful, thank you", " works perfectly for my skin",
                          " is beautiful and feels great", " is super fun", " never disappoints me",
                          " isn't bad at all", " made me smile", " is awesome, well done",
                          " is kind of brilliant", " impressed my whole family"),
                    PARTS(" is terrible", " is a complete waste of money", " broke after two days",
                          " was a huge disappointment", " looks cheap and ugly",
                          " is not good at all", " gave me an awful rash", " is overpriced garbage",
                          " was late and damaged", " is the worst I have ever tried",
                          " isn’t great", " ruined my weekend", " feels like a scam",
                          " is boring and fake", " makes me angry", " never worked properly"),
                    PARTS(" comes in three sizes", " arrived on Tuesday",
                          " is the same as last year", " is made in Portugal", " has a new label",
                          " is at the shop on Main Street", " has about 200 ml in it",
                          " is what my cousin ordered", " goes with the second link",
                          " was in your story yesterday", " is for dry hair",
                          " needs two charges a week", " is out in May", " has a zip on the side")},
     .endings = {GOOD_ENDINGS, BAD_ENDINGS, FLAT_ENDINGS}},
    {.code = "es",
     .openers = PARTS("La verdad, ", "Para mí ", "Ojalá lo supiera antes: ", "Después del vídeo ",
                      "Mi hermana dice que ", "Ayer vi que "),
     .subjects = PARTS("este producto", "el envío", "tu vídeo", "la calidad", "el color",
                       "esta marca", "el precio", "tu receta", "la chaqueta", "el móvil"),
     .predicates = {PARTS(" es increíble", " me encanta", " vale cada céntimo", " es precioso",
                          " funciona de maravilla", " es lo mejor que he probado"),
                    PARTS(" es horrible", " no sirve para nada", " me decepcionó mucho",
                          " llegó roto", " es carísimo y malo", " huele fatal"),
                    PARTS(" viene en tres tallas", " llegó el martes", " es de Portugal",
                          " es para pelo seco", " sale en mayo")},
     .endings = {GOOD_ENDINGS, BAD_ENDINGS, FLAT_ENDINGS}},
    {.code = "de",
     .openers = PARTS("Ehrlich gesagt: ", "Also ", "Nach dem Video: ", "Für mich gilt: ",
                      "Kurzes Update: ", "Meine Schwester meint, "),
     .subjects = PARTS("das Produkt", "die Lieferung", "dein Video", "die Qualität", "die Farbe",
                       "diese Marke", "der Preis", "das Rezept", "die Jacke", "das Handy"),
     .predicates = {PARTS(" ist großartig", " gefällt mir sehr", " ist jeden Cent wert",
                          " sieht wunderschön aus", " funktioniert super", " macht richtig Spaß"),
                    PARTS(" ist schrecklich", " taugt überhaupt nichts", " hat mich enttäuscht",
                          " kam kaputt an", " ist viel zu teuer", " war reine Geldverschwendung"),
                    PARTS(" gibt es in drei Größen", " kam am Dienstag", " kommt aus Portugal",
                          " ist für trockenes Haar", " erscheint im Mai")},
     .endings = {GOOD_ENDINGS, BAD_ENDINGS, FLAT_ENDINGS}},
    {.code = "fr",
     .openers = PARTS("Franchement, ", "Pour moi, ", "Après ta vidéo, ", "Bon, ",
                      "Ma sœur dit que ", "Petite mise à jour : "),
     .subjects = PARTS("ce produit", "la livraison", "ta vidéo", "la qualité", "la couleur",
                       "cette marque", "le prix", "ta recette", "la veste", "ce téléphone"),
     .predicates = {PARTS(" est génial", " me plaît beaucoup", " vaut vraiment le coup",
                          " est magnifique", " marche à merveille", " m'a fait sourire"),
                    PARTS(" est nul", " ne vaut rien", " m'a beaucoup déçu", " est arrivé cassé",
                          " est une arnaque", " sent très mauvais"),
                    PARTS(" existe en trois tailles", " est arrivé mardi", " vient du Portugal",
                          " est pour cheveux secs", " sort en mai")},
     .endings = {GOOD_ENDINGS, BAD_ENDINGS, FLAT_ENDINGS}},
    {.code = "pt",
     .openers =
         PARTS("Sinceramente, ", "Para mim ", "Depois do vídeo ", "Olha, ", "Minha irmã diz que "),
     .subjects = PARTS("esse produto", "a entrega", "seu vídeo", "a qualidade", "a cor",
                       "essa marca", "o preço", "a receita", "a jaqueta", "o celular"),
     .predicates = {PARTS(" é incrível", " é lindo demais", " vale cada centavo",
                          " funciona muito bem", " é o melhor que já vi"),
                    PARTS(" é horrível", " não presta", " me decepcionou", " chegou quebrado",
                          " é caro e ruim"),
                    PARTS(" vem em três tamanhos", " chegou na terça", " é de Portugal",
                          " é para cabelo seco", " sai em maio")},
     .endings = {GOOD_ENDINGS, BAD_ENDINGS, FLAT_ENDINGS}},
    {.code = "ja",
     .openers = PARTS("正直、", "動画を見て、", "個人的に", "やっぱり"),
     .subjects = PARTS("この商品は", "この色は", "新しいジャケットは", "このブランドは", "値段は"),
     .predicates = {PARTS("最高です", "とても素敵です", "大好きです", "使いやすいです"),
                    PARTS("最悪です", "がっかりしました", "高すぎます", "すぐ壊れました"),
                    PARTS("火曜日に届きました", "三つのサイズがあります", "五月に出ます")},
     .endings = {PARTS("！", "。", "❤️", "✨"), PARTS("。", "…", "😢", "💢"),
                 PARTS("。", "？", "")}},
};
const uint32_t gsi_generate_language_count =
    sizeof gsi_generate_languages / sizeof gsi_generate_languages[0];

const struct gsi_generate_parts gsi_generate_spam =
    PARTS("Check out my channel, I post every day and I follow back!",
          "Subscribe to my page and win an iPhone, link in my bio",
          "FREE GIFT CARDS at https://gift-cards-###.example.com/win?id=#####",
          "see my new mix http://bit.ly/3x#A#k## it is fire",
          "Earn $### per day from home, ask me how, WhatsApp +1 555 01# ####",
          "DM me on telegram @crypto_queen## for the signals",
          "I made $#### last week thanks to Mr Andrew, contact him on WhatsApp +44 20 7946 0###",
          "www.cheap-followers-##.example.net 1000 followers for $#",
          "Hot singles in your area >>> tinyurl.com/y#####",
          "Promo code SAVE## gets you ##% off everything at https://shop##.example.org today only",
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!! loooooooooooooooooooooool",
          "please guys sub to me, I am a small channel with ## subs, sub 4 sub",
          "call 555-01##-#### for loans without checks, approved in ## minutes",
          "Who wants a giveaway? Follow me and like my last # posts to win $###",
          "invest in bitcoin today, write to adviser.k##@example.com");

const struct gsi_generate_parts gsi_generate_thin =
    PARTS("😍😍😍", "🔥", "❤️❤️", "👏👏👏", "😂😂", "👎", "💯💯", "nice pic", "wow", "Wow!", "love it",
          "first", "cool", "nice", "amazing", "great post", "lol", "@maria_##", "@jo_## @sam##",
          "@ana## look", "so cute", "👍🏽", "🥰🥰", "ok", "no");

const struct gsi_generate_parts gsi_generate_unsafe =
    PARTS("What a damn shitty week, but here is the new drop anyway",
          "Drunk again and this bullshit brand still pays me, lol",
          "Screw the haters, those idiots can go to hell");
