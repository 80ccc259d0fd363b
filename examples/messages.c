/* SPDX-License-Identifier: MIT OR Apache-2.0
 * Prints the faces of a video as they are found, and groups them every ten seconds.
 *
 *   cc examples/messages.c -o messages $(pkg-config --cflags --libs gstreamer-1.0)
 *   ./messages movie.mp4 out
 */
#include <gst/gst.h>

static void faces(const GstStructure *message)
{
    guint64 time = 0;
    const GValue *list = gst_structure_get_value(message, "faces");

    gst_structure_get_uint64(message, "stream-time", &time);
    for (guint i = 0; list && i < gst_value_array_get_size(list); i++) {
        const GstStructure *face = gst_value_get_structure(gst_value_array_get_value(list, i));
        guint x, y, width, height;
        gdouble confidence;

        if (gst_structure_get(face, "x", G_TYPE_UINT, &x, "y", G_TYPE_UINT, &y, "width", G_TYPE_UINT, &width,
                "height", G_TYPE_UINT, &height, "confidence", G_TYPE_DOUBLE, &confidence, NULL))
            g_print("%" GST_TIME_FORMAT " %ux%u at %u,%u (%.2f)\n", GST_TIME_ARGS(time), width, height, x, y,
                confidence);
    }
}

static gboolean group(gpointer sink)
{
    gboolean begun;

    /* Returns at once; "facesink-summary" comes on the bus. */
    g_signal_emit_by_name(sink, "group-now", &begun);
    return G_SOURCE_CONTINUE;
}

static gboolean message(GstBus *bus, GstMessage *message, gpointer loop)
{
    const GstStructure *structure = gst_message_get_structure(message);

    (void)bus;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ELEMENT && gst_structure_has_name(structure, "rsfacedetect")) {
        faces(structure);
    } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ELEMENT
        && gst_structure_has_name(structure, "facesink-summary")) {
        guint64 people = 0;

        gst_structure_get_uint64(structure, "people", &people);
        g_print("%" G_GUINT64_FORMAT " people: %s\n", people, gst_structure_get_string(structure, "report"));
    } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        GError *error = NULL;

        gst_message_parse_error(message, &error, NULL);
        g_printerr("%s\n", error->message);
        g_clear_error(&error);
        g_main_loop_quit(loop);
    } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
        g_main_loop_quit(loop);
    }
    return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv)
{
    GError *error = NULL;
    GMainLoop *loop;
    GstElement *pipeline, *file, *sink;
    GstBus *bus;

    gst_init(&argc, &argv);
    if (argc != 3) {
        g_printerr("usage: %s VIDEO OUT\n", argv[0]);
        return 2;
    }
    pipeline = gst_parse_launch("filesrc name=file ! decodebin ! video/x-raw "
        "! rsfacedetect interval=200000000 post-messages=every-frame ! facetrack ! faceembed ! facecrop "
        "! facesink name=sink", &error);
    if (!pipeline) {
        g_printerr("%s\n", error->message);
        return 1;
    }
    file = gst_bin_get_by_name(GST_BIN(pipeline), "file");
    sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
    g_object_set(file, "location", argv[1], NULL);
    g_object_set(sink, "location", argv[2], NULL);

    loop = g_main_loop_new(NULL, FALSE);
    bus = gst_element_get_bus(pipeline);
    gst_bus_add_watch(bus, message, loop);
    g_timeout_add_seconds(10, group, sink);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    g_main_loop_run(loop);

    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(bus);
    gst_object_unref(file);
    gst_object_unref(sink);
    gst_object_unref(pipeline);
    g_main_loop_unref(loop);
    return 0;
}
