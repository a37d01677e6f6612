"""From the counters of a window to the fields of a cell, and the keys of cells."""
from math import sqrt
from urllib.parse import unquote_to_bytes

from .counters import COUNTERS
from .rules import REASONS

SHOWN = tuple(name for name in COUNTERS
              if name not in ("sent_sum", "sent_sq", "clamped")
              and not name.startswith(("late_", "drop_")))
# In the field `drop`, by reason.
DROPPED = {f"drop_{reason}": reason for reason in REASONS}
TIERS = ((10000, "nano"), (100000, "micro"), (500000, "mid"), (1000000, "macro"))
Z = 1.959964
PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.~@+-")
CONTRACT_VERSION = 1
# Set by the writer's wall clock, so not a function of the logs.
UNCOMPARED = ("_updated_ms",)
# Several roundings lie behind these, so that the last of their six digits may differ.
ROUNDED = ("mean_sentiment", "sd_sentiment", "bhi_lo", "bhi_hi")
TEXTS = ("influencer_id", "campaign_id", "handle", "platform", "tier")


class Number(str):
    """A number with a point or an exponent, as it stands in a cell."""


def encode_id(part):
    return "".join(chr(byte) if byte in PLAIN else f"%{byte:02X}" for byte in part)


def key_of(prefix, view, key, window):
    joined = "/".join(encode_id(part) for part in key)
    return f"{prefix}:v1:{{{view}:{joined}}}:{window}"


def decode_id(text):
    return tuple(unquote_to_bytes(part) for part in text.split("/"))


def tier_of(followers):
    return next((name for edge, name in TIERS if followers < edge), "mega")


def show(text):
    return text.decode("utf-8", "replace")


def ratio(numerator, denominator):
    """The text of a quotient, or None where it means nothing."""
    if denominator is None or denominator <= 0:
        return None
    return "%.6g" % (numerator / denominator)


def interval(pos, neg):
    """Wilson's 95 % interval of the share pos / (pos + neg)."""
    n = pos + neg
    share, square = pos / n, Z * Z
    middle = share + square / (2 * n)
    half = Z * sqrt(share * (1 - share) / n + square / (4 * n * n))
    low = 0.0 if pos == 0 else (middle - half) / (1 + square / n)
    high = 1.0 if neg == 0 else (middle + half) / (1 + square / n)
    return "%.6g" % low, "%.6g" % high


def sentiment(totals):
    """What the classes and the scores tell; nothing while any of them is negative."""
    pos, neg, neu = (totals.get(name, 0) for name in ("pos", "neg", "neu"))
    if min(pos, neg, neu) < 0:
        return {}
    fields, n, polar = {}, pos + neg + neu, pos + neg
    if n > 0:
        total, squares = totals.get("sent_sum", 0), totals.get("sent_sq", 0)
        fields["mean_sentiment"] = "%.6g" % (total / (n * 10000))
        fields["sd_sentiment"] = "%.6g" % (sqrt(max(0, n * squares - total * total)) / (n * 10000))
        fields["nss"] = ratio(pos - neg, n)
    if polar > 0:
        fields["polarity"] = ratio(pos - neg, polar)
        fields["bhi"] = ratio(pos, polar)
        fields["bhi_lo"], fields["bhi_hi"] = interval(pos, neg)
    return fields


def visibility(totals, sentiments):
    pos, neg, neu = (totals.get(name, 0) for name in ("vis_pos", "vis_neg", "vis_neu"))
    fields = {"pvr": ratio(pos, pos + neg), "vns": ratio(pos - neg, pos + neg + neu)}
    if fields["pvr"] is not None and "bhi" in sentiments:
        share, written = pos / (pos + neg), totals.get("pos", 0)
        fields["vg"] = "%.6g" % (share - written / (written + totals.get("neg", 0)))
    return fields


def derived(totals, followers, is_judged):
    def count(*names):
        return sum(totals.get(name, 0) for name in names)
    fields = {}
    engagement = count("likes", "comments", "shares", "saves")
    clean_engagement = count("likes", "shares", "saves", "clean")
    if engagement:
        fields["engagement"] = engagement
    if engagement >= 0:
        fields["er_followers"] = ratio(engagement, followers)
    if clean_engagement >= 0:
        fields["er_clean"] = ratio(clean_engagement, followers)
    comments, clean = count("comments"), count("clean")
    if comments >= clean >= 0:
        fields["noise_ratio"] = ratio(comments - clean, comments)
    fields |= sentiment(totals)
    if is_judged:
        fields |= visibility(totals, fields)
        fields["reply_rate"] = ratio(count("author_replies"), clean)
        fields["risk_share"] = ratio(count("risky_posts"), count("posts"))
    return {name: value for name, value in fields.items() if value is not None}


def identity(task, view, key, at):
    """(fields that say what the entity is, followers for its ratios)."""
    named = dict(zip(view.key, key))
    influencer = named.get("influencer_id")
    if influencer is None and "post_id" in named:
        influencer = task.owner(named["post_id"])
    profile, followers = task.profile(influencer, at), task.followers(influencer, at)
    fields = {}
    if view.name == "post":
        if influencer is not None:
            fields["influencer_id"] = show(influencer)
        return fields, followers
    if view.name == "campaign_influencer":
        fields["campaign_id"] = show(named["campaign_id"])
        fields["influencer_id"] = show(influencer)
    if profile and profile.handle is not None:
        fields["handle"] = show(profile.handle)
    if profile and profile.platform is not None:
        fields["platform"] = show(profile.platform)
    if followers is not None:
        fields["tier"] = tier_of(followers)
        fields["followers"] = followers
    return fields, followers


def cell_of(task, view, key, window, at, as_of, onwards=False):
    """All fields of a cell, ratios as texts. None: a deleted post has none. onwards: the window has
    no end, as if as_of had gone on but nothing had left it."""
    if "post_id" in view.key and task.is_deleted(key[view.key.index("post_id")], at):
        return None
    begin, end = window.bounds(as_of)
    totals = task.totals(view, key, at, begin, 1 << 62 if onwards else end)
    fields = {"_v": CONTRACT_VERSION, "_from_ms": begin, "_to_ms": end, "_as_of_ms": as_of,
              "_at": list(at), "_task": task.number}
    for name, counter in (("_late", f"late_{task.level(window)}"), ("_clamped", "clamped")):
        if totals.get(counter):
            fields[name] = totals[counter]
    about, followers = identity(task, view, key, at)
    fields |= about
    fields |= {name: totals[name] for name in SHOWN if totals.get(name)}
    dropped = {reason: totals[name] for name, reason in DROPPED.items() if totals.get(name)}
    if dropped:
        fields["drop"] = dropped
    return fields | derived(totals, followers, task.settings.rules is not None)


def is_same(name, found, expected):
    """Whether a field as read (numbers with a point as Number) is as computed (ratios as texts)."""
    if name in TEXTS:
        return type(found) is str and found == expected
    if isinstance(expected, str):
        if type(found) not in (int, Number):
            return False
    else:
        return type(found) is type(expected) and found == expected
    if str(found) == expected:
        return True
    return name in ROUNDED and is_one_digit_off(str(found), expected)


def is_one_digit_off(found, expected):
    """Whether two numbers of six digits differ by one unit of the last digit at most."""
    try:
        digit = float("1e" + f"{float(expected):.5e}".split("e")[1]) * 1e-5
        return abs(float(found) - float(expected)) <= 1.000001 * digit
    except ValueError:
        return False


def differences(found, expected, uncompared=UNCOMPARED):
    """[(field, found, expected)] where they differ; a missing one is None."""
    if expected is None:
        return [("(cell)", "there", "none: the post is deleted")]
    names = [name for name in dict.fromkeys((*expected, *found)) if name not in uncompared]
    return [(name, found.get(name), expected.get(name)) for name in names
            if name not in found or name not in expected
            or not is_same(name, found[name], expected[name])]
