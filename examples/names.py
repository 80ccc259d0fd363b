#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Draws the names of known people on a stream, and prints the elements' messages.

usage: examples/names.py VIDEO [DATASET] [SINK]

DATASET is a folder that facegroup made, in whose faces/ you have given folders names. SINK is a description
such as autovideosink (default) or fakesink. Needs python3-gst-1.0, python3-gi-cairo and gstreamer1.0-tools'
good plugins; GST_PLUGIN_PATH must lead to the plugins, unless they are installed.
"""

import json
import os
import struct
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

LEAST_COSINE = 0.438  # of two faces by sface; see `facegroup models`


def known(dataset):
    """(name, vector) of each embedded face of a dataset."""
    with open(os.path.join(dataset, "embeddings.npy"), "rb") as file:
        data = file.read()
    (length,) = struct.unpack_from("<H", data, 8)
    size = int(data[10 : 10 + length].decode().split("'shape': (")[1].split(",")[1].split(")")[0])
    # A person's folder may have a new name since the lines were written.
    folders = {
        file: os.path.basename(folder)
        for folder, _, files in os.walk(os.path.join(dataset, "faces"))
        for file in files
    }
    people = []
    with open(os.path.join(dataset, "faces.jsonl")) as lines:
        for line in lines:
            face = json.loads(line)
            name = folders.get(os.path.basename(face["file"] or ""))
            if face["embedding"] is not None and name not in (None, "faces", "unsure"):
                start = 10 + length + 4 * size * face["embedding"]
                people.append((name, struct.unpack_from(f"<{size}f", data, start)))
    return people


class Names:
    def __init__(self, people):
        self.people = people
        self.tracks = {}
        self.faces = []
        self.size = (1, 1)

    def name(self, face):
        """The name of a face, by its vector or by its track."""
        track = face.get_value("track") if face.has_field("track") else None
        if self.people and face.has_field("embedding"):
            data = face.get_value("embedding").get_data()
            vector = struct.unpack(f"<{len(data) // 4}f", data)
            score, name = max((sum(map(float.__mul__, v, vector)), n) for n, v in self.people)
            if score >= LEAST_COSINE:
                self.tracks[track] = name
        return self.tracks.get(track, f"track {track}")

    def look(self, pad, info):
        """Keeps the faces of a frame, which travel in a custom meta."""
        meta = info.get_buffer().get_custom_meta("FacegroupFacesMeta")
        if meta:
            faces = meta.get_structure().get_value("faces")
            self.faces = [(list(face.get_value("box")), self.name(face)) for face in faces]
        return Gst.PadProbeReturn.OK

    def caps_changed(self, overlay, caps):
        structure = caps.get_structure(0)
        self.size = (structure.get_value("width"), structure.get_value("height"))

    def draw(self, overlay, context, timestamp, duration):
        width, height = self.size
        context.set_source_rgb(0.2, 1.0, 0.2)
        context.set_line_width(2)
        context.set_font_size(height / 24)
        for (x, y, w, h), name in self.faces:
            context.rectangle(x * width, y * height, w * width, h * height)
            context.stroke()
            context.move_to(x * width, y * height - 4)
            context.show_text(name)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    Gst.init(None)
    people = known(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else []
    names = Names(people)
    sink = sys.argv[3] if len(sys.argv) > 3 else "autovideosink"
    pipeline = Gst.parse_launch(
        "filesrc name=file ! decodebin ! video/x-raw "
        "! rsfacedetect interval=200000000 post-messages=on-change ! facetrack post-messages=true "
        f"! faceembed name=embed ! videoconvert ! cairooverlay name=overlay ! videoconvert ! {sink}"
    )
    pipeline.get_by_name("file").set_property("location", sys.argv[1])
    overlay = pipeline.get_by_name("overlay")
    overlay.connect("draw", names.draw)
    overlay.connect("caps-changed", names.caps_changed)
    pad = pipeline.get_by_name("embed").get_static_pad("src")
    pad.add_probe(Gst.PadProbeType.BUFFER, names.look)

    loop = GLib.MainLoop()
    failed = []

    def message(bus, message):
        if message.type == Gst.MessageType.ELEMENT:
            structure = message.get_structure()
            if structure.get_name() == "rsfacedetect":
                seconds = structure.get_value("stream-time") / Gst.SECOND
                print(f"{seconds:8.2f} s: {len(structure.get_value('faces'))} faces")
            elif structure.get_name() == "facetrack":
                seconds = structure.get_value("stream-time") / Gst.SECOND
                print(f"{seconds:8.2f} s: {structure.get_value('event')}")
        elif message.type == Gst.MessageType.ERROR:
            failed.append(message.parse_error()[0].message)
            loop.quit()
        elif message.type == Gst.MessageType.EOS:
            loop.quit()

    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", message)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        loop.run()
    except KeyboardInterrupt:
        pass
    pipeline.set_state(Gst.State.NULL)
    print("names:", ", ".join(sorted(set(map(str, names.tracks.values())))) or "none")
    if failed:
        sys.exit(failed[0])


if __name__ == "__main__":
    main()
