// SPDX-License-Identifier: MIT OR Apache-2.0
//! Installs models by id: `cargo run -p models --example get -- default`. Words: an id, `default`,
//! `all`, `runtime`, `photographs`, `--accept-licence`. Without any, tells what is there.

use models::catalogue::{self, Entry};
use models::{runtime, store};

fn main() -> anyhow::Result<()> {
    let mut options = store::ObtainOptions::default();
    let mut wanted: Vec<&'static Entry> = Vec::new();
    let say = &mut |line: &str| println!("{line}");
    for word in std::env::args().skip(1) {
        match word.as_str() {
            "--accept-licence" => options.accept_licence = true,
            "runtime" => println!("{}", store::obtain_runtime(say)?.display()),
            "photographs" => println!("{}", store::obtain_photographs(say)?.display()),
            "all" => wanted.extend(catalogue::entries()),
            "default" => wanted.extend(catalogue::entries().iter().filter(|e| e.default)),
            id => wanted.push(catalogue::find(id).ok_or_else(|| anyhow::anyhow!("no model {id}"))?),
        }
    }
    for entry in wanted {
        match store::obtain(entry.id, &options, say) {
            Ok(file) => println!("{} {} {}", file.id, file.sha256, file.path.display()),
            Err(error) => println!("{error}"),
        }
    }
    for status in store::status() {
        println!("{:15} {:12} {:?}", status.entry.id, status.entry.licence.name, status.state);
    }
    println!("{:?}", runtime::init());
    println!("{:?}", runtime::available_devices());
    Ok(())
}
