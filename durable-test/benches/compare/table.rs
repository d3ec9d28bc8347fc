//! The table of ratios: the least of several rounds, of all contenders in turn, so that what else the machine
//! does falls on all of them alike.

use std::time::{Duration, Instant};

use crate::memory;
use crate::rows::{Contender, Row};

/// How long one contender runs for one row, at most; each runs once in any case.
const BUDGET: Duration = Duration::from_millis(1_500);

/// Rounds of one contender for one row.
const MAX_ROUNDS: usize = 60;

/// Prints the table of the rows whose names contain `filter`.
pub(crate) fn print(rows: &[Row], filter: &str) {
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    println!(
        "| {profile} | `LocalRunner` | its `single_page` | durable-test | without the check | : `single_page` \
         | without the check |"
    );
    println!("|---|---|---|---|---|---|---|");
    for row in rows.iter().filter(|row| row.name.contains(filter)) {
        let times = least(row);
        let [by_default, single_page, checked, unchecked] = times;
        let cells = [by_default, single_page, checked, unchecked].map(shown);
        let ratios = [checked, unchecked].map(|time| ratio(time, single_page));
        println!(
            "| {} | {} | {} |",
            row.name,
            cells.join(" | "),
            ratios.join(" | ")
        );
    }
    if filter.is_empty() {
        println!("\nPeak memory above the idle process:");
        for case in memory::CASES {
            match memory::peak_of(case) {
                Some(kib) => println!("* {}: {:.1} MB", case.name, kib / 1_024.0),
                None => println!("* {}: not measured on this system", case.name),
            }
        }
    }
}

/// The least time of a round of each contender.
fn least(row: &Row) -> [Option<Duration>; 4] {
    let mut rounds = Contender::ALL.map(|contender| row.round(contender));
    let mut least = [None; 4];
    let mut spent = [Duration::ZERO; 4];
    for number in 0..MAX_ROUNDS {
        for ((round, least), spent) in rounds.iter_mut().zip(&mut least).zip(&mut spent) {
            let Some(round) = round.as_mut().filter(|_| number == 0 || *spent < BUDGET) else {
                continue;
            };
            let start = Instant::now();
            round();
            let time = start.elapsed();
            *spent += time;
            *least = Some(least.map_or(time, |least: Duration| least.min(time)));
        }
    }
    least
}

fn shown(time: Option<Duration>) -> String {
    let Some(time) = time else {
        return "–".to_owned();
    };
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        ..100.0 => format!("{micros:.1} µs"),
        ..1_000.0 => format!("{micros:.0} µs"),
        ..100_000.0 => format!("{:.1} ms", micros / 1e3),
        ..1_000_000.0 => format!("{:.0} ms", micros / 1e3),
        _ => format!("{:.1} s", micros / 1e6),
    }
}

fn ratio(time: Option<Duration>, anchor: Option<Duration>) -> String {
    let (Some(time), Some(anchor)) = (time, anchor) else {
        return "–".to_owned();
    };
    let ratio = time.as_secs_f64() / anchor.as_secs_f64();
    format!("{ratio:.1}")
}
