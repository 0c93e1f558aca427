"""One person talks with gestures; the other listens, nods and keeps the hands still."""

import numpy as np

from ..body import Body
from ..gestures import listen, shift_weight, talk
from ..observe import SHOULDERS, WRISTS, apart, distance, facing, gesturing, hands_apart, who_does
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers
from ..texts import Slots, Wordings, approach_slots


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet at talking distance; one explains, the other follows."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "gentle", "angry", "friendly"))
    meeting = meet(rng, bodies, rng.uniform(0.9, 1.4), t[-1] - 1.6, manner.tempo)
    start = max(meeting.arrive - 0.3, 0.05)
    pair = performers(rng, t, bodies, meeting.routes, manner.vigour)
    for person in pair:
        shift_weight(rng, person, meeting.arrive, t[-1] + 1.0)
    listen(rng, pair[1], [(start + 0.3, t[-1] + 0.5)])
    size, tempo = np.clip(manner.vigour, 0.75, 1.35), np.clip(manner.tempo, 0.8, 1.2)
    talk(rng, pair[0], [(start, t[-1] + rng.uniform(0.2, 0.8))], float(size), float(tempo))
    return pair, {"manner": manner.name, "walks": meeting.walks}


def check(positions: np.ndarray) -> bool:
    """One gestures while the other, facing the first, keeps the hands down; they do not touch."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who talks."""
    near = apart(positions)
    upright = positions[:, :, 0, 1].min() > 0.7
    if not upright or not 0.5 < np.median(near) < 2.0 or hands_apart(positions).min() < 0.2:
        return None
    if any(_touches(person, other) for person, other in (positions, positions[::-1])):
        return None
    return who_does(positions, _talks)


def _talks(positions: np.ndarray) -> bool:
    """Whether the first gestures, both stay in place, and the second keeps the hands down."""
    speaking = gesturing(positions[0]) & facing(positions)
    if speaking.mean() <= 0.28 or gesturing(positions[1]).mean() >= 0.08:
        return False
    return np.ptp(positions[:, speaking, 0, ::2], axis=1).max() < 0.35


def _touches(person: np.ndarray, other: np.ndarray) -> bool:
    """Whether a hand comes to the other's shoulders, or both hands clap."""
    wrists = person[:, WRISTS]
    away = distance(wrists[:, :, None], other[:, None, SHOULDERS]).min()
    return bool(away < 0.28 or (distance(wrists[:, 0], wrists[:, 1]) < 0.12).sum() > 5)


def slots(parameters: dict) -> Slots:
    """Words for talking, by the mood of it."""
    moods = {
        "angry": ("complains to", "tells off", "talks angrily to"),
        "friendly": ("chats to", "tells a story to", "talks in a friendly way to"),
        "gentle": ("speaks softly to", "talks calmly to"),
        "energetic": ("talks excitedly to", "talks with big gestures to"),
        "fast": ("talks quickly to",),
        "slow": ("talks slowly to",),
    }
    mood = parameters["manner"]
    hurried = {"how": ("", " quickly", " fast")} if mood == "fast" else {}
    return (
        approach_slots(parameters["walks"])
        | hurried
        | {
            "tells": ("talks to", "speaks to", "is talking to") + moods.get(mood, ()),
            "cross": ("",) if mood == "angry" else (),
            "excited": ("",) if mood == "energetic" else (),
        }
    )


TRAINING = (
    "{One} talks{how} with gestures while {other} listens.",
    "{One} talks{how}, gesturing with the hands, and {other} listens.",
    "{One} {tells} {other}.",
    "{One} {tells} {other}, who listens and nods.",
    "{One} explains something{how} to {other}.",
    "{One} explains something with the hands{how} while {other} nods.",
    "{One} tells a story{how} and {other} listens.",
    "{One} talks and gestures{how}; {other} stands still and listens.",
    "{One} is telling {other} something{how}.",
    "{One} speaks{how}, moving the hands, while {other} pays attention.",
    "{One} {one_walks} {other} and starts to talk{how}.",
    "{Other} {other_walks} {one} and listens to what {one} says.",
    "{First} talks{how} and {second} listens.",
    "{First} does the talking{how}; {second} only nods.",
    "{Second} listens while {first} talks{how}.",
    "{Second} listens to {first} and nods.",
    "{Second} nods while {first} explains something{how}.",
    "{Second} is being told something by {first}{how}.",
    "Two people have a conversation: {one} talks{how}, {other} listens.",
    "Two people stand together; {one} talks{how} and {other} nods.",
    "They talk: {one} speaks with the hands{how} and {other} nods.",
    "{One} gives {other} an explanation{how}, underlining it with the hands.",
    "{One} describes something to {other} with both words and hands{how}.",
    "{One} talks to {other} with expressive hand movements{how}.",
    "{One} complains and waves the hands about while {other} listens.{cross}",
    "{One} talks excitedly with wide gestures and {other} follows.{excited}",
    "A talk: {first} gestures{how}, {second} listens and nods.",
    "Someone talks{how} with lively hands and the other person listens.",
    "{One} briefs {other}{how}.",
    "{One} fills {other} in{how}.",
    "{One} informs {other}, hands moving.",
    "{First} holds forth, {second} listens.",
    "{First} narrates{how}, {second} nods along.",
    "Speaker and listener.",
    "{Second} gets briefed by {first}{how}.",
    "{Second} hears {first} out.",
    "A one-sided conversation.",
    "Somebody lecturing a silent colleague{how}.",
    "A monologue for one listener.",
    "{First} speaks up{how}, {second} nods.",
    "Giving someone the news{how}.",
    "{Second} lends an ear to {first}.",
    "{First} makes a point{how} and {second} nods.",
    "{First} has the floor while {second} keeps quiet.",
    "{One} recounts something{how}, and {other} takes it all in.",
    "{Second} is all ears as {first} relates the news{how}.",
    "A teacher explains a problem{how} to a student who nods.",
    "A tour guide says a few words to an attentive visitor.",
    "{One} delivers a little speech{how} with {other} as the audience.",
    "Somebody spins a yarn in front of an attentive friend.",
    "A director describes the scene to an actor, hands drawing in the air.",
    "{One} addresses {other}, stressing the words with the hands{how}.",
    "{Second} follows the words of {first}{how} and nods now and then.",
    "One character gesticulates{how} while the partner stays still and nods.",
    "{One} has something on the mind and gets it off the chest while {other} hears it all without interrupting.",
    "Hands flying, {first} lets {second} know what has been going on.{excited}",
    "{Second} stands there with quiet hands and nods from time to time, and {first} goes on explaining{how}.",
    "Dialogue scene for a game: {one} says the lines with gestures and {other} shows interest by nodding.",
    "{One} sees {other} again and recounts the events of the day{how}, with the hands helping along.",
    "Two colleagues meet in the corridor; {one} passes on the latest news{how}, and {other} just listens.",
    "Show one person putting an idea into words and gestures{how}, with a second person who hears it and nods.",
    "A coach goes over the plan{how}, making it clear with the hands, and the player nods to show it is understood.",
    "{One} wants {other} to understand, so every sentence comes with a movement of the hands.",
    "An expert expounds a theory to a patient listener, whose hands stay still and whose head nods along.",
    "While the hands of {first} underline every word{how}, {second} keeps both arms quiet and simply pays attention.",
    "{Other} receives an account of the matter from {one}, who gesticulates{how} to bring it across.",
    "{One} {one_walks} {other} and delivers some news{how}, both hands busy drawing the picture.",
)
TEST = (
    "{One} gives a little speech{how} and {other} follows it with a nod now and then.",
    "{One} makes a point to {other}{how}, hands moving all the time.",
    "{Second} hears out {first}, who speaks with the hands{how}.",
    "{First} chatters away{how} as {second} looks on.",
    "While {first} speaks, {second} nods along{how}.",
    "Two people are in a conversation, in which {one} does all of the speaking{how}.",
    "Someone gestures in mid-sentence{how}, the partner listening with attention.",
    "{One} reports to {other}{how}, using the hands.",
)

FAMILY = Family(
    "One person talks with gestures while the other listens.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    acting=acting,
    shortest=2.0,
    resembles=("point_at",),
)
