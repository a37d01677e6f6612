"""One partition of the profiles topic: versions, and which of them an event or a cell sees."""
from bisect import bisect_left, bisect_right

from .avro import ID_BYTES_MAX, Bad


class Profile:
    __slots__ = ("handle", "platform", "followers", "campaigns")

    def __init__(self, handle, platform, followers, campaigns):
        self.handle = handle
        self.platform = platform
        self.followers = followers
        self.campaigns = campaigns or ()

    def campaign_at(self, t):
        """Of the campaigns with from <= t < to the one with the latest from, then smallest id."""
        best = None
        for campaign, begin, end in self.campaigns:
            begin = -1 if begin is None else begin
            if begin <= t and (end is None or t < end):
                if best is None or begin > best[0] or (begin == best[0] and campaign < best[1]):
                    best = (begin, campaign)
        return best[1] if best else None


class Versions:
    """All versions of one influencer's profile, in the order of the log; None: removed."""
    __slots__ = ("offsets", "seen", "profiles")

    def __init__(self):
        self.offsets = []
        self.seen = []  # the partition's largest record time up to and including this version
        self.profiles = []


class ProfilesPartition:
    """Feeding must be complete before events ask: they may see any version."""

    def __init__(self, settings, readers):
        self.delay_ms = settings.profiles_delay_ms
        self.read = readers.read
        self.newest = -1  # largest record time so far
        self.end = 0
        self.versions = {}
        self.counts = {"processed": 0, "duplicate": 0, "dlq": 0, "too_late": 0, "ignored": 0}
        self.bad = {}  # offset -> code
        self.too_late = ()

    def feed(self, offset, record_ms, key, value):
        self.end = offset + 1
        self.newest = max(self.newest, record_ms)
        try:
            if value is None:
                if not key or len(key) > ID_BYTES_MAX:
                    raise Bad("null")
                self.add(key, offset, None)
            else:
                fields = self.read(value)
                if fields[0] != "InfluencerProfile":
                    self.counts["ignored"] += 1
                    return
                self.add(fields[1], offset, Profile(*fields[3:]))
            self.counts["processed"] += 1
        except Bad as why:
            self.counts["dlq"] += 1
            self.bad[offset] = str(why)

    def add(self, influencer, offset, profile):
        versions = self.versions.get(influencer)
        if versions is None:
            versions = self.versions[influencer] = Versions()
        versions.offsets.append(offset)
        versions.seen.append(self.newest)
        versions.profiles.append(profile)

    def campaign(self, influencer, t, record_ms):
        """The campaign that the profile gives an event: by the last version that had arrived
        profiles.delay before the event's record time."""
        versions = self.versions.get(influencer)
        if versions is None:
            return None
        index = bisect_right(versions.seen, record_ms - self.delay_ms) - 1
        profile = versions.profiles[index] if index >= 0 else None
        return profile.campaign_at(t) if profile else None

    def shown(self, influencer, at):
        """The profile that a cell shows whose own profile offset is at, or None."""
        versions = self.versions.get(influencer)
        if versions is None:
            return None
        index = bisect_left(versions.offsets, at) - 1
        return versions.profiles[index] if index >= 0 else None
