// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames of interlaced film hold two moments, a line each: where something moves they are combs. One field is
//! kept, and the lines of the other become the median of what they are and of those above and below (the
//! three-tap median of television sets): still parts keep their detail, moving ones lose their teeth.

use gst::prelude::*;
use gst_video::prelude::*;
use gst_video::{VideoFieldOrder, VideoFrameFlags, VideoFrameRef, VideoInfo};

/// Takes the combs out of frames that arrive at `pad`, of streams that call themselves interlaced.
pub fn attach(pad: &gst::Pad) {
    let stream = std::sync::Mutex::new(None::<VideoInfo>);
    let mask = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    pad.add_probe(mask, move |_, info| {
        let mut stream = stream.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match &mut info.data {
            Some(gst::PadProbeData::Event(event)) => {
                if let gst::EventView::Caps(caps) = event.view() {
                    *stream = VideoInfo::from_caps(caps.caps()).ok();
                }
            }
            Some(gst::PadProbeData::Buffer(buffer)) => {
                let Some(info) = stream.as_ref().filter(|info| info.is_interlaced()) else {
                    return gst::PadProbeReturn::Ok;
                };
                let flags = VideoFrameRef::from_buffer_ref_readable(buffer, info)
                    .map_or(VideoFrameFlags::empty(), |frame| frame.flags());
                if !flags.contains(VideoFrameFlags::INTERLACED) {
                    return gst::PadProbeReturn::Ok;
                }
                let first = first_field(info, flags);
                // A frame that cannot be written stays as it is.
                if let Ok(mut frame) =
                    VideoFrameRef::from_buffer_ref_writable(buffer.make_mut(), info)
                {
                    deinterlace(&mut frame, first);
                }
            }
            _ => (),
        }
        gst::PadProbeReturn::Ok
    });
}

/// The line with which the earlier field begins.
fn first_field(info: &VideoInfo, flags: VideoFrameFlags) -> usize {
    let top = match info.field_order() {
        VideoFieldOrder::TopFieldFirst => true,
        VideoFieldOrder::BottomFieldFirst => false,
        _ => flags.contains(VideoFrameFlags::TFF),
    };
    usize::from(!top)
}

fn deinterlace(frame: &mut VideoFrameRef<&mut gst::BufferRef>, first: usize) {
    let (planes, height) = (frame.n_planes(), frame.height());
    for plane in 0..planes {
        let stride = usize::try_from(frame.plane_stride()[plane as usize]).unwrap_or_default();
        let rows = if plane == 0 { height } else { frame.comp_height(plane.min(2)) };
        if let Ok(data) = frame.plane_data_mut(plane) {
            comb_out(data, stride, rows as usize, first);
        }
    }
}

/// Makes the lines of one field anew, those beside lines `first`, `first + 2`, …
fn comb_out(data: &mut [u8], stride: usize, rows: usize, first: usize) {
    if stride == 0 || rows < 2 {
        return;
    }
    for row in (1 - first..rows).step_by(2) {
        let above = if row == 0 { 1 } else { row - 1 };
        let below = if row + 1 < rows { row + 1 } else { row - 1 };
        for column in 0..stride {
            let at = |row: usize| data.get(row * stride + column).copied();
            let (Some(a), Some(b), Some(own)) = (at(above), at(below), at(row)) else { break };
            if let Some(pixel) = data.get_mut(row * stride + column) {
                *pixel = own.clamp(a.min(b), a.max(b));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn teeth_go_and_slopes_stay() {
        // Something bright that moved between the fields, two columns wide.
        let mut comb = vec![9, 9, 200, 200, 9, 9, 200, 200, 9, 9];
        comb_out(&mut comb, 2, 5, 0);
        assert_eq!(comb, [9; 10]);
        let mut slope: Vec<u8> = (0..6).map(|row| row * 10).collect();
        let before = slope.clone();
        comb_out(&mut slope, 1, 5, 0);
        assert_eq!(slope, before);
        // The other field is kept where it is the earlier one.
        let mut other = vec![200, 9, 200, 9];
        comb_out(&mut other, 1, 4, 1);
        assert_eq!(other, [9, 9, 9, 9]);
    }
}
