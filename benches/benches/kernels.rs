// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo bench -p facegroup-benches --features criterion [-- NAME]`: how long each kernel takes.
//!
//! On a machine with other work the instructions per call say more: `--bin kernels`.

use criterion::Criterion;
use facegroup_benches::kernels;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for kernel in kernels::ALL {
        match kernel.ready() {
            Ok(mut call) => {
                criterion.bench_function(kernel.name, |bencher| bencher.iter(&mut call));
            }
            Err(error) => println!("skipped: {error:#}"),
        }
    }
    criterion.final_summary();
}
