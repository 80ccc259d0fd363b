#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Serves a video over RTSP on loopback, to try things with: examples/rtsp_server.py VIDEO [PORT]

Prints the address. Needs gir1.2-gst-rtsp-server-1.0 and gstreamer1.0-plugins-ugly (x264enc).
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
if len(sys.argv) < 2:
    sys.exit(__doc__)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[2] if len(sys.argv) > 2 else "8554")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f'( filesrc location="{sys.argv[1]}" ! decodebin ! video/x-raw ! videoconvert ! videoscale '
    "! video/x-raw,format=I420,width=640,height=360 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! rtph264pay name=pay0 pt=96 )"
)
server.get_mount_points().add_factory("/reel", factory)
if not server.attach(None):
    sys.exit("the port is taken")
print(f"rtsp://127.0.0.1:{server.get_bound_port()}/reel", flush=True)
GLib.MainLoop().run()
