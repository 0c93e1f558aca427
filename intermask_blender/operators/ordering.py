"""What the operators share that order motions: who plays, with which settings, and what comes of it."""

import bpy

from .. import apply_result, jobs, models, people
from ..core import errors


def check_seconds(seconds: float, model: str) -> None:
    """Raises EngineError for a length that a model can't do."""
    shortest, longest = models.limits(model)
    if not shortest <= round(seconds, 4) <= longest:
        asked = f"{seconds:g} seconds were asked for"
        raise errors.EngineError(f"{asked}; this model makes motions of {shortest:g} to {longest:g} seconds.")


def finish(operator: bpy.types.Operator, queued: list[jobs.Job], wait: bool) -> set[str]:
    """What an operator returns that queued jobs: at once, or when they are over, with what they had to say."""
    if not wait:
        return {"FINISHED"}
    jobs.queue.wait(queued)
    failed = [job.sentence for job in queued if job.state is jobs.State.FAILED]
    for sentence in dict.fromkeys(failed):
        operator.report({"ERROR"}, sentence)
    hints = dict.fromkeys(job.result.hint for job in queued if job.result and job.result.hint)
    for hint in hints:
        operator.report({"INFO"}, hint)
    if jobs.queue.notice and jobs.queue.notice not in hints:
        operator.report({"WARNING"}, jobs.queue.notice)
    return {"FINISHED"} if all(job.state is jobs.State.DONE for job in queued) else {"CANCELLED"}


def cast_of(scene: bpy.types.Scene) -> apply_result.Cast:
    """Whom the settings name; new characters that are on their way already are the same ones. Raises EngineError."""
    settings = scene.intermask
    rigs = []
    for name, rig in zip(people.NAMES, (settings.person_a, settings.person_b), strict=True):
        # one that was deleted may still be named here
        present = rig is not None and scene.objects.get(rig.name) == rig
        if present and (refusal := people.refusal(rig, name)):
            raise errors.EngineError(refusal)
        rigs.append(rig.session_uid if present else None)
    if rigs[0] is not None and rigs[0] == rigs[1]:
        raise errors.EngineError("Person A and person B are the same character: choose another for one of them.")
    cast = apply_result.Cast(scene.session_uid, rigs, people.at_cursor(scene))
    pending = [job.order.cast for job in jobs.queue.jobs if job.state not in jobs.OVER]
    return next((known for known in pending if known.wanted == cast.wanted), cast)


def sampling(settings) -> dict:
    """The sampling settings that the user wants to be other than the model's own."""
    if not settings.own_sampling:
        return {}
    names = ("steps", "guidance", "temperature", "top_k")
    return {name: round(getattr(settings, name), 6) for name in names}
