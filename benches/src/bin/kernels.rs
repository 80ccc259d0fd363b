// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches --bin kernels -- [--record] [NAME…]`: instructions per call
//! of each kernel, counted by callgrind and compared with the recorded ones.
//!
//! Fails where a kernel takes over 5 % more than `benches/instructions.json` says; `--record` writes that
//! file instead. With names only the kernels that contain one of them are counted. A kernel runs in two
//! processes, with so many calls and with twice as many; what the second took more is the calls'.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use facegroup_benches::instructions::Record;
use facegroup_benches::kernels::{ALL, Kernel};

/// Tells a process that it is counted: a kernel and its number of calls follow.
const ONE: &str = "--one";

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, name, calls] = &arguments[..]
        && first == ONE
    {
        run(name, calls.parse()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let valgrind = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    if !valgrind.is_ok_and(|status| status.success()) {
        println!("skipped: no valgrind (apt-get install valgrind)");
        return Ok(ExitCode::SUCCESS);
    }
    let (recording, names): (Vec<_>, Vec<_>) =
        arguments.iter().partition(|argument| *argument == "--record");
    let recording = !recording.is_empty();
    if recording && !names.is_empty() {
        bail!("--record records all kernels: leave {names:?} out");
    }
    let wanted = |kernel: &&Kernel| {
        names.is_empty() || names.iter().any(|name| kernel.name.contains(name.as_str()))
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json");
    let recorded = if recording {
        Record::default()
    } else {
        Record::read(&path).context("--record makes one")?
    };
    let mut now = Record { toolchain: toolchain()?, ..Record::default() };
    println!("| kernel | instructions per call | change |\n|---|---|---|");
    for kernel in ALL.iter().filter(wanted) {
        let Some((count, cpu)) = count(kernel)? else {
            println!("| {} | skipped | |", kernel.name);
            continue;
        };
        now.cpu = cpu;
        let change = recorded.change(kernel.name, count);
        let change = change.map_or("new".to_owned(), |part| format!("{:+.1} %", 100.0 * part));
        println!("| {} | {count} | {change} |", kernel.name);
        now.kernels.insert(kernel.name.to_owned(), count);
    }
    println!("\n{}, {}", now.toolchain, now.cpu);
    if recording {
        now.write(&path)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(why) = recorded.differs(&now) {
        println!("not judged: {why}; --record makes a new record");
        return Ok(ExitCode::SUCCESS);
    }
    let slower = recorded.slower(&now);
    for (name, part) in &slower {
        println!("slower: {name} takes {:.1} % more instructions", 100.0 * part);
    }
    Ok(if slower.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a counted process does.
fn run(name: &str, calls: u32) -> Result<()> {
    println!("{}", cpu());
    let kernel = ALL.iter().find(|kernel| kernel.name == name).context("no such kernel")?;
    let mut call = kernel.ready()?;
    (0..calls).try_for_each(|_| call())
}

/// Instructions per call, and the processor that valgrind shows; `None`, told on stderr, where the kernel
/// misses something.
fn count(kernel: &Kernel) -> Result<Option<(u64, String)>> {
    if let Err(error) = kernel.ready() {
        eprintln!("skipped: {error:#}");
        return Ok(None);
    }
    let (few, cpu) = total(kernel.name, kernel.calls)?;
    let (many, _) = total(kernel.name, 2 * kernel.calls)?;
    let more = many.checked_sub(few).filter(|more| *more > 0);
    let more = more.with_context(|| format!("{}: lost in the noise, more calls", kernel.name))?;
    Ok(Some((more / u64::from(kernel.calls), cpu)))
}

/// Instructions of a whole process, and what it says of its processor.
fn total(name: &str, calls: u32) -> Result<(u64, String)> {
    let directory = tempfile::tempdir()?;
    let counts: PathBuf = directory.path().join("counts");
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--quiet"]);
    command.arg(format!("--callgrind-out-file={}", counts.display()));
    command.arg(std::env::current_exe()?).args([ONE, name, &calls.to_string()]);
    let output = command.output()?;
    if !output.status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = std::fs::read_to_string(&counts)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total =
        total.with_context(|| format!("{name}: no totals from callgrind"))?.trim().parse()?;
    Ok((total, String::from_utf8(output.stdout)?.trim().to_owned()))
}

/// Architecture, and the extensions that the libraries choose their code by.
fn cpu() -> String {
    #[allow(unused_mut)]
    let mut words = vec![std::env::consts::ARCH];
    #[cfg(target_arch = "x86_64")]
    {
        let has = [
            ("sse4.1", is_x86_feature_detected!("sse4.1")),
            ("avx2", is_x86_feature_detected!("avx2")),
            ("fma", is_x86_feature_detected!("fma")),
            ("avx512f", is_x86_feature_detected!("avx512f")),
        ];
        words.extend(has.into_iter().filter(|(_, has)| *has).map(|(name, _)| name));
    }
    words.join(" ")
}

/// The compiler on the PATH, which is the one that cargo has just built this with.
fn toolchain() -> Result<String> {
    let output = Command::new("rustc").arg("--version").output().context("rustc --version")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
