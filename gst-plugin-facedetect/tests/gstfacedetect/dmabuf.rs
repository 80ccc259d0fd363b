// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames in DMABufs of the kernel: of a dma-heap, or of udmabuf, which makes them of plain memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common;
use std::fs::File;
use std::io::Error;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use crate::common::citizen::device_caps;
use crate::common::{at, faces, frame, has_runtime, info};
use gst_allocators::prelude::*;
use gst_check::Harness;
use gst_video::VideoFormat;

/// `struct dma_heap_allocation_data` of linux/dma-heap.h, and the request that takes it.
#[repr(C)]
struct HeapAllocation {
    length: u64,
    descriptor: u32,
    descriptor_flags: u32,
    heap_flags: u64,
}
const DMA_HEAP_IOCTL_ALLOC: u64 = 0xC018_4800;

/// `struct udmabuf_create` of linux/udmabuf.h, and the request that takes it.
#[repr(C)]
struct UserBuffer {
    memory: u32,
    flags: u32,
    offset: u64,
    size: u64,
}
const UDMABUF_CREATE: u64 = 0x4018_7542;

/// A DMABuf of the kernel; a skip where there is none.
fn allocate(length: usize) -> Option<OwnedFd> {
    // Of whole pages, as both want it.
    let length = length.next_multiple_of(4096);
    let found = of_heap(length).or_else(|heap| of_memory(length).map_err(|user| (heap, user)));
    let found = found.map_err(|(heap, user)| format!("no dma-heap ({heap}), no udmabuf ({user})"));
    testkit::have("dmabuf", found)
}

fn of_heap(length: usize) -> Result<OwnedFd, Error> {
    let heap = File::options().read(true).write(true).open("/dev/dma_heap/system")?;
    let mut wanted = HeapAllocation {
        length: length as u64,
        descriptor: 0,
        descriptor_flags: (libc::O_RDWR | libc::O_CLOEXEC) as u32,
        heap_flags: 0,
    };
    // SAFETY: the request takes exactly this structure.
    let answer = unsafe { libc::ioctl(heap.as_raw_fd(), DMA_HEAP_IOCTL_ALLOC as _, &mut wanted) };
    if answer < 0 {
        return Err(Error::last_os_error());
    }
    // SAFETY: the kernel made it for us.
    Ok(unsafe { OwnedFd::from_raw_fd(wanted.descriptor as i32) })
}

fn of_memory(length: usize) -> Result<OwnedFd, Error> {
    let device = File::options().read(true).write(true).open("/dev/udmabuf")?;
    let flags = libc::MFD_ALLOW_SEALING | libc::MFD_CLOEXEC;
    // SAFETY: the name is a string with an end, the descriptor is ours.
    let memory = unsafe {
        match libc::memfd_create(c"frame".as_ptr(), flags) {
            -1 => return Err(Error::last_os_error()),
            descriptor => File::from_raw_fd(descriptor),
        }
    };
    memory.set_len(length as u64)?;
    // SAFETY: only numbers are handed over.
    if unsafe { libc::fcntl(memory.as_raw_fd(), libc::F_ADD_SEALS, libc::F_SEAL_SHRINK) } < 0 {
        return Err(Error::last_os_error());
    }
    let wanted =
        UserBuffer { memory: memory.as_raw_fd() as u32, flags: 1, offset: 0, size: length as u64 };
    // SAFETY: the request takes exactly this structure.
    match unsafe { libc::ioctl(device.as_raw_fd(), UDMABUF_CREATE as _, &wanted) } {
        descriptor if descriptor < 0 => Err(Error::last_os_error()),
        // SAFETY: the kernel made it for us.
        descriptor => Ok(unsafe { OwnedFd::from_raw_fd(descriptor) }),
    }
}

/// The same frame in a DMABuf.
fn in_dmabuf(buffer: &gst::Buffer) -> Option<gst::Buffer> {
    let descriptor = allocate(buffer.size())?;
    let allocator = gst_allocators::DmaBufAllocator::new();
    // SAFETY: the descriptor is ours and goes into the memory.
    let memory = unsafe { allocator.alloc_dmabuf(descriptor, buffer.size()) }.unwrap();
    let mut frame = gst::Buffer::new();
    let writable = frame.get_mut().unwrap();
    buffer.copy_into(writable, gst::BUFFER_COPY_METADATA, ..).unwrap();
    writable.append_memory(memory);
    writable.map_writable().unwrap().copy_from_slice(&common::bytes(buffer));
    Some(frame)
}

#[test]
fn faces_are_found_in_buffers_of_the_kernel_and_cut_out_of_them() {
    common::init();
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let model = common::spots(directory.path());
    let detect =
        format!("facedetect model={} model-kind=centerface threshold=0.6", model.display());
    for format in [VideoFormat::Nv12, VideoFormat::I420, VideoFormat::Bgrx] {
        let info = info(format, 320, 192);
        let Some(picture) = in_dmabuf(&at(frame(&info, &[(160, 80, 255)], 0), 0)) else { return };
        let before = common::bytes(&picture);
        let mut h = Harness::new_parse(&format!("{detect} ! facetrack"));
        h.set_src_caps(device_caps(&info, "DMABuf"));
        let out = h.push_and_pull(picture.clone()).unwrap();
        assert!(out.peek_memory(0).is_memory_type::<gst_allocators::DmaBufMemory>());
        assert_eq!(common::bytes(&out), before, "{format:?}: untouched");
        let found = faces(&out).unwrap().faces;
        assert_eq!(found.len(), 1, "{format:?}: {found:?}");

        let mut crops = Harness::new_parse(&format!("{detect} ! facecrop"));
        crops.set_src_caps(device_caps(&info, "DMABuf"));
        let crop = crops.push_and_pull(picture).unwrap();
        let white = crop.map_readable().unwrap().iter().filter(|v| **v > 240).count();
        assert!(white >= 3 * 7 * 7, "{format:?}: the spot is on the crop, {white}");
    }
}
