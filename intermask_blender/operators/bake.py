"""Bake: the take becomes an animation of the user's own on the timeline."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty

from ..baking.bake import Wishes, bake
from .takes import OfATake, which_take


class INTERMASK_OT_bake(OfATake, bpy.types.Operator):
    """Put the take onto the timeline, as keys of your own. The take stays in the list"""

    bl_idname = "intermask.bake"
    bl_label = "Bake to Timeline"
    bl_options = {"REGISTER", "UNDO"}

    index: which_take()
    mode: EnumProperty(
        name="Into",
        description="Where the keys go",
        items=[
            ("NEW", "New Action", "Each person gets an action of its own"),
            (
                "MERGE",
                "Existing Action",
                "Into the action that the character had before its takes. Its keys outside the take's frames stay",
            ),
            ("NLA", "NLA Strips", "A strip per person, above what the character plays already"),
        ],
    )
    start: IntProperty(
        name="Start Frame",
        description="The frame on which the motion begins; the current one, if none is given",
        options={"SKIP_SAVE"},
    )
    rate: EnumProperty(
        name="Keys",
        description="How dense the keys are. The motion takes the same time either way",
        items=[
            ("SCENE", "On Frames", "A key on every frame of the scene"),
            ("30", "30 per Second", "As the motion was made, between the frames of a scene with another frame rate"),
        ],
    )
    reduce: BoolProperty(
        name="Reduce Keys",
        description="Leave out keys that are not needed to keep the motion",
    )
    millimetres: FloatProperty(
        name="Millimetres",
        description="How far any joint may be from where it was",
        default=1.0,
        min=0.01,
        soft_max=50.0,
        precision=2,
    )
    degrees: FloatProperty(
        name="Degrees",
        description="How far any bone may be turned from how it was",
        default=0.5,
        min=0.01,
        soft_max=20.0,
        precision=2,
    )
    root: EnumProperty(
        name="Root Motion",
        description="What carries the figure over the ground",
        items=[
            ("BONE", "Bone", "The bone on top of the body, and the object stays where it is"),
            ("OBJECT", "Object", "The object moves and turns over the ground, the bone does the rest"),
        ],
    )
    blend_in: IntProperty(
        name="Blend In",
        description="Over how many frames what the character played before passes into the motion",
        default=5,
        min=0,
        soft_max=60,
    )
    blend_out: IntProperty(
        name="Blend Out",
        description="Over how many frames the motion passes into what the character plays next; in a loop, its start",
        default=5,
        min=0,
        soft_max=60,
    )
    loop: BoolProperty(
        name="Loop",
        description="Repeat the motion for ever, each round beginning where the last one came to",
    )

    def invoke(self, context, _event):
        """Ask first."""
        if not self.properties.is_property_set("start"):
            self.start = context.scene.frame_current
        return context.window_manager.invoke_props_dialog(self, confirm_text="Bake")

    def check(self, _context):
        """Leave no loop switched on that the dialog doesn't show."""
        self.loop = self.loop and self.mode != "MERGE"
        return True

    def draw(self, _context):
        """The dialog, without what has no effect."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "mode")
        layout.prop(self, "start")
        layout.prop(self, "root", expand=True)
        layout.prop(self, "rate")
        layout.prop(self, "reduce")
        if self.reduce:
            layout.prop(self, "millimetres")
            layout.prop(self, "degrees")
        if self.mode != "MERGE":
            layout.prop(self, "loop")
        if self.mode != "NEW":
            layout.prop(self, "blend_in")
        if self.mode != "NEW" or self.loop:
            layout.prop(self, "blend_out")

    def work(self, context, index: int):
        """Bake the row's take. Raises EngineError."""
        scene = context.scene
        wishes = Wishes(
            mode=self.mode,
            start=self.start if self.properties.is_property_set("start") else scene.frame_current,
            rate=30.0 if self.rate == "30" else None,
            bound=(self.millimetres / 1000, self.degrees) if self.reduce else None,
            on_object=self.root == "OBJECT",
            loop=self.loop,
            blends=(self.blend_in, self.blend_out),
        )
        made, full, warnings = bake(scene, index, wishes)
        for warning in warnings:
            self.report({"WARNING"}, warning)
        left_out = f", {1 - made / full:.0%} fewer than on every frame" if self.reduce and full else ""
        self.report({"INFO"}, f"Baked with {made} keys{left_out}.")
        return {"FINISHED"}


CLASSES = (INTERMASK_OT_bake,)
