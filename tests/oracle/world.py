"""All partitions of all inputs, grouped into tasks: task p is partition p of every topic."""
from .avro import Readers
from .cells import cell_of
from .fold import EventPartition
from .profiles import ProfilesPartition
from .scorer import Scorer


class Task:
    def __init__(self, number, world):
        settings = world.settings
        self.number = number
        self.settings = settings
        self.profiles = ProfilesPartition(settings, world.readers) \
            if settings.profiles_topic else None
        self.inputs = [self.profiles if topic == settings.profiles_topic else
                       EventPartition(settings, world.readers, self.profiles, world.scorer)
                       for topic in settings.inputs]
        self.events = [(index, part) for index, part in enumerate(self.inputs)
                       if part is not self.profiles]
        self.view_index = {view.name: index for index, view in enumerate(settings.views)}

    def level(self, window):
        return self.settings.windows.index(window)

    def ends(self):
        return [part.end for part in self.inputs]

    def clock(self, at):
        """The largest H of the event inputs; None before the first event."""
        clocks = [part.clocks.below(at[index]) for index, part in self.events]
        return max((clock for clock in clocks if clock is not None), default=None)

    def totals(self, view, key, at, begin, end):
        totals = {}
        for index, part in self.events:
            part.entities[self.view_index[view.name]].add_window(totals, key, at[index], begin, end)
        return totals

    def keys(self, view):
        """All entities of a view that some record ever contributed to."""
        keys = {}
        for _, part in self.events:
            keys |= dict.fromkeys(part.entities[self.view_index[view.name]].by_key)
        return keys

    def is_deleted(self, post_id, at):
        return any(part.is_deleted(post_id, at[index]) for index, part in self.events)

    def owner(self, post_id):
        return next((part.owners[post_id] for _, part in self.events if post_id in part.owners),
                    None)

    def profile(self, influencer, at):
        if influencer is None or self.profiles is None:
            return None
        return self.profiles.shown(influencer, at[self.inputs.index(self.profiles)])

    def followers(self, influencer, at):
        profile = self.profile(influencer, at)
        if profile and profile.followers is not None:
            return profile.followers
        told = (part.followers_shown(influencer, at[index]) for index, part in self.events)
        return next((count for count in told if count is not None), None)


class World:
    def __init__(self, settings, schemas, scores=None):
        self.settings = settings
        self.readers = Readers(schemas)
        self.scorer = Scorer(settings, scores)
        self.tasks = {}
        self.views = {view.name: view for view in settings.views}
        self.windows = {window.name: window for window in settings.windows}
        self.position = {topic: index for index, topic in enumerate(settings.inputs)}

    def task(self, number):
        if number not in self.tasks:
            self.tasks[number] = Task(number, self)
        return self.tasks[number]

    def partition(self, topic, number):
        return self.task(number).inputs[self.position[topic]]

    def feed(self, topic, number, offset, record_ms, key, value):
        """The profiles of a partition first: events may see all of them."""
        self.partition(topic, number).feed(offset, record_ms, key, value)

    def close(self):
        self.scorer.close()

    def cell(self, view, key, window, task, at, as_of):
        return cell_of(self.task(task), self.views[view], key, self.windows[window], at, as_of)
