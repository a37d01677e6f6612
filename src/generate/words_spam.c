/* words_spam.c -- what must not count as an audience's opinion. Hosts and numbers are those that
 * are reserved for examples; the shorteners' codes are random. Written for this program. */
#include "text.h"

const struct gsi_generate_language gsi_generate_spammer = {
    .code = "en",
    .gap = " ",
    .latin = true,
    .lists.words =
        {['a' - 'a'] = GSI_PARTS("page", "channel", "profile", "account", "new video", "music",
                                 "mix", "vlog", "shop"),
         ['b' - 'a'] = GSI_PARTS("bitcoin", "crypto", "forex", "NFT", "USDT", "gold", "binary"),
         ['c' - 'a'] = GSI_PARTS("an iPhone", "a PS5", "a gift card", "$%D00", "a new car",
                                 "free robux", "sneakers", "a trip to Bali"),
         ['f' - 'a'] = GSI_PARTS("+1 555 01%D-%D%D%D%D", "+1-555-01%D%D", "+44 20 7946 0%D%D%D",
                                 "+44 7700 900%D%D%D", "+1 (555) 01%D %D%D%D%D", "555-01%D%D"),
         ['g' - 'a'] = GSI_PARTS("Mr %A", "Mrs %A", "Coach %A", "expert %A", "Dr %A", "lady %A"),
         ['h' - 'a'] = GSI_PARTS(
             "https://win-%D%D.example.com/%K%K%K%K", "http://gift%D.example.net/?id=%D%D%D%D%D",
             "https://best-%b.example.org/join", "www.cheap-followers-%D%D.example.net",
             "https://shop%D%D.example.org/sale", "deals%D.example/%K%K%K",
             "https://free.example.com/%K%K%K%K%K%K"),
         ['k' - 'a'] = GSI_PARTS("bit.ly/%K%K%K%K%K%K%K", "http://bit.ly/%K%K%K%K%K%K%K",
                                 "tinyurl.com/%K%K%K%K%K%K", "https://cutt.ly/%K%K%K%K%K%K",
                                 "t.ly/%K%K%K%K%K", "https://is.gd/%K%K%K%K%K"),
         ['l' - 'a'] = GSI_PARTS("https://t.me/%b_%A%D%D", "@%b_queen%D%D", "t.me/win_%K%K%K%K",
                                 "wa.me/155501%D%D%D%D%D", "@trader_%A%D"),
         ['p' - 'a'] = GSI_PARTS("Please ", "Guys ", "Hey everyone, ", "", "", "Not spam, ",
                                 "Sorry for this but ", "%E%E ", "ATTENTION ", "Hi dear, "),
         ['r' - 'a'] = GSI_PARTS("in %N days", "every day", "per week", "last week",
                                 "without leaving home", "in one month", "with no experience"),
         ['u' - 'a'] = GSI_PARTS("SAVE%D%D", "FIT%D%D", "VIP%D%D%D", "%A%D%D", "DEAL%D%D")},
};
