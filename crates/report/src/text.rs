// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers and names as people read them.

use dataset::GroupSummary;

/// A moment, as players write it: `m:ss`, `h:mm:ss`.
pub fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A length of time in two units at most: `2 h 3 min`, `1 min 12 s`, `4.2 s`.
pub fn length(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        _ if whole < 3600 => two(whole / 60, "min", whole % 60, "s"),
        _ => two(whole / 3600, "h", whole / 60 % 60, "min"),
    }
}

fn two(large: u64, of: &str, small: u64, part: &str) -> String {
    if small == 0 { format!("{large} {of}") } else { format!("{large} {of} {small} {part}") }
}

/// A count with its noun: `1 face`, `12 faces`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", self::number(number), if number == 1 { one } else { many })
}

/// A count in groups of three digits: `12 345`.
pub fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// What a group is called on the page: numbers are no names.
pub fn person(name: &str) -> String {
    if name.chars().all(|c| c.is_ascii_digit()) {
        format!("Person {name}")
    } else {
        name.to_owned()
    }
}

/// What a group is called on the page: by the person's own name where it has one.
pub fn group(group: &GroupSummary) -> String {
    if group.is_other() {
        return "Everybody else".to_owned();
    }
    group.person.clone().unwrap_or_else(|| person(&group.name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([clock(7384.9), clock(61.0), clock(-1.0)], ["2:03:04", "1:01", "0:00"]);
        assert_eq!(
            [length(4.23), length(59.6), length(72.0), length(7384.0)],
            ["4.2 s", "1 min", "1 min 12 s", "2 h 3 min"]
        );
        assert_eq!(count(1, "face", "faces"), "1 face");
        assert_eq!(count(1_234_567, "face", "faces"), "1\u{202f}234\u{202f}567 faces");
        assert_eq!([person("12"), person("Ann")], ["Person 12", "Ann"]);
    }

    #[test]
    fn people_have_their_own_names() {
        let called = |name: &str, person: Option<&str>| {
            let person = person.map(str::to_owned);
            group(&GroupSummary { name: name.into(), person, ..GroupSummary::default() })
        };
        assert_eq!(called("3", None), "Person 3");
        assert_eq!(called("person_3", Some("3")), "3");
        assert_eq!(
            [called("other", None), called("person_other", Some("other"))],
            ["Everybody else", "other"]
        );
    }
}
