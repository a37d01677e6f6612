"""What the service was configured with, as far as the cells depend on it."""
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from .rules import REASONS, Rules

UNITS_MS = {"ms": 1, "s": 1000, "m": 60000, "h": 3600000, "d": 86400000}
PANES = {"1m": "5s", "5m": "30s", "1h": "5m", "24h": "1h"}
KEY_FIELDS = ("influencer_id", "post_id", "campaign_id")
VIEWS = {"influencer": (("influencer_id",), 0), "post": (("post_id",), 3600000),
         "campaign_influencer": (("campaign_id", "influencer_id"), 0)}
ROLES = ("profiles", "posts", "comments", "reactions")
TOPICS = {role: f"social.{role}" for role in ROLES}
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("GS_BIN", str(ROOT / "build" / "release" / "groundswell"))
UNSAFE = str(ROOT / "src/clean/phrases/unsafe.txt")
# Numbers of the rules by their keys in `clean`.
NUMBERS = {"copies_window_ms": "copies.window_ms", "copies_capacity": "copies.capacity",
           "copies_words_min": "copies.words", "copies_authors_min": "copies.authors",
           "burst_window_ms": "burst.window_ms", "burst_capacity": "burst.capacity",
           "burst_comments_max": "burst.comments", "burst_on_post": "burst.on_post"}


def duration_ms(text):
    found = re.fullmatch(r"(\d+)(ms|s|m|h|d)", text)
    if not found:
        raise ValueError(f"{text!r} is no duration")
    return int(found[1]) * UNITS_MS[found[2]]


@dataclass(frozen=True)
class Window:
    name: str
    window_ms: int
    pane_ms: int

    @property
    def panes(self):
        return self.window_ms // self.pane_ms

    def bounds(self, as_of):
        """[from, to) of the window at as_of: whole panes, the current one included."""
        newest = as_of // self.pane_ms
        return (newest - self.panes + 1) * self.pane_ms, (newest + 1) * self.pane_ms

    def is_late(self, t, clock):
        """Whether the pane of t had left the window when the input's clock stood there."""
        return t // self.pane_ms <= clock // self.pane_ms - self.panes


@dataclass(frozen=True)
class View:
    name: str
    key: tuple
    windows: tuple  # names


def windows_of(text):
    """'1m,5m' or '10m/1m': lengths, with their panes where these are not the usual ones."""
    windows = []
    for part in text.split(","):
        name, _, pane = part.strip().partition("/")
        windows.append(Window(name, duration_ms(name), duration_ms(pane or PANES[name])))
    return tuple(sorted(windows, key=lambda window: window.window_ms))


def views_of(text, windows):
    """'influencer,post=1h+24h': views, with their windows where these are not the usual ones."""
    views = []
    for part in text.split(","):
        name, _, chosen = part.strip().partition("=")
        key, shortest = VIEWS[name]
        names = tuple(chosen.split("+")) if chosen else tuple(
            window.name for window in windows if window.window_ms >= shortest)
        views.append(View(name, key, names or (windows[-1].name,)))
    return tuple(views)


def topics_of(text):
    """'posts=a,comments=b': the inputs that are read, in the order of a cell's _at."""
    given = dict(part.strip().split("=") for part in text.split(","))
    unknown = set(given) - set(ROLES)
    if unknown:
        raise ValueError(f"no such input: {', '.join(sorted(unknown))}")
    return given


@dataclass
class Settings:
    topics: dict = field(default_factory=lambda: dict(TOPICS))  # role -> name, some may be absent
    windows: tuple = windows_of("1m,5m,1h,24h")
    views: tuple = views_of("influencer,post,campaign_influencer", windows_of("1m,5m,1h,24h"))
    source: str = "snapshots"
    profiles_delay_ms: int = 5000
    dedupe_window_ms: int = 120000
    dedupe_capacity: int = 1048576
    comments_horizon_ms: int = 3600000
    comments_max: int = 2000000
    scorer: str = "reference"
    languages: tuple = ("en",)  # that have a lexicon
    program: str = PROGRAM  # says what single texts are
    score_arguments: tuple = ()  # of its command score: the configuration
    rules: Rules = None  # None: comments are not judged
    unsafe_list: str = UNSAFE  # what a brand does not want in a post, beside profanity

    @property
    def inputs(self):
        """Topic names in the order of _at; one that stands for several kinds stands once."""
        return tuple(dict.fromkeys(self.topics[role] for role in ROLES if role in self.topics))

    @property
    def profiles_topic(self):
        return self.topics.get("profiles")

    @property
    def longest(self):
        return self.windows[-1]

    def window(self, name):
        return next(window for window in self.windows if window.name == name)


def view_of_meta(item, windows):
    if isinstance(item, str):
        return views_of(item, windows)[0]
    usual = views_of(item["name"], windows)[0]
    names = [w if isinstance(w, str) else w["name"] for w in item.get("windows", usual.windows)]
    return View(item["name"], tuple(item.get("key", usual.key)), tuple(names))


def window_of_meta(item):
    if isinstance(item, str):
        return windows_of(item)[0]
    return Window(item["name"], item["window_ms"], item["pane_ms"])


def adopt_sentiment(settings, config):
    settings.scorer = config["scorer"]
    settings.languages = tuple(dict.fromkeys(("en", *config["lexicons"])))
    told = {f"lexicons.{language}": path for language, path in config["lexicons"].items()}
    if config["emoji"]:
        told["emoji"] = config["emoji"]
    settings.score_arguments += tuple(
        word for name, value in told.items() for word in ("-s", f"sentiment.{name}={value}"))


def adopt_clean(settings, clean):
    """Takes over the keys clean.*, without the section, as the service publishes them: durations
    end in _ms. The program is told the same when it is asked about texts."""
    if clean["rules"] != "on":
        settings.rules = None
        return
    numbers = {name: clean[key] for name, key in NUMBERS.items() if key in clean}
    reasons = {}
    for name, (action, weight) in REASONS.items():
        action = clean.get(f"actions.{name}", action)
        if action != "off":
            reasons[name] = action, clean.get(f"weights.{name}", weight)
    settings.rules = Rules(reasons=reasons, **numbers)
    settings.unsafe_list = clean.get("lists.unsafe") or UNSAFE
    told = [(name[:-3], f"{value}ms") if name.endswith("_ms") else (name, value)
            for name, value in clean.items()]
    settings.score_arguments += tuple(
        word for name, value in told for word in
        ("-s", f"clean.{name}={','.join(value) if isinstance(value, list) else value}"))


def adopt_meta(settings, meta, fixed=()):
    """Takes over what the service says of itself in gs:v1:meta, but for what the caller fixed."""
    values = {name: json.loads(text) for name, text in meta.items()
              if name in ("windows", "views", "topics", "config")}
    if "config" in values:
        adopt_sentiment(settings, values["config"])
        adopt_clean(settings, values["config"]["clean"])
    if "windows" in values and "windows" not in fixed:
        settings.windows = tuple(window_of_meta(item) for item in values["windows"])
    if "views" in values and "views" not in fixed:
        settings.views = tuple(view_of_meta(item, settings.windows) for item in values["views"])
    if "topics" in values and "topics" not in fixed:
        settings.topics = roles_of(values["topics"])
    return settings


def roles_of(names):
    """Roles of topics that are only known by name and order. A record's kind is its schema's name,
    so for event topics the role does not matter; the one with profiles must say so in its name."""
    names = list(names)
    roles = {}
    if names and "profile" in names[0]:
        roles["profiles"] = names.pop(0)
    return roles | dict(zip(ROLES[1:], names))
