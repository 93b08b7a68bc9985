//! Measuring several things that do the same against each other.
//!
//! The machine's speed drifts while a benchmark runs, so the subjects take turns: in each round every one of
//! them runs once, for about as long as the others. A figure is the median of the rounds, a ratio the
//! median of the ratios within a round. divan and criterion measure one subject after the other.

use std::fmt::Write as _;
use std::time::Duration;

/// How long one subject runs in one round, at least: less than other processes leave at a time.
const TURN: Duration = Duration::from_millis(2);
const ROUNDS: usize = 51;

/// Runs so many times and returns how long that took.
pub type Subject<'a> = Box<dyn FnMut(u64) -> Duration + 'a>;

/// What one subject took, and how that compares to the first subject.
#[derive(Clone, Copy)]
pub struct Figure {
    /// Nanoseconds for running it once.
    pub nanos: f64,
    /// The time of this subject divided by that of the first.
    pub ratio: f64,
}

/// Measures the subjects that there are.
pub fn measure(subjects: Vec<Option<Subject<'_>>>) -> Vec<Option<Figure>> {
    measure_for(ROUNDS, subjects)
}

/// As [`measure`], in so many rounds.
pub fn measure_for(rounds: usize, mut subjects: Vec<Option<Subject<'_>>>) -> Vec<Option<Figure>> {
    let times: Vec<u64> = subjects
        .iter_mut()
        .map(|subject| {
            subject
                .as_mut()
                .map_or(0, |subject| times_for_a_turn(subject))
        })
        .collect();
    let mut samples: Vec<Vec<f64>> = vec![Vec::new(); subjects.len()];
    for _ in 0..rounds {
        for ((subject, times), samples) in subjects.iter_mut().zip(&times).zip(&mut samples) {
            if let Some(subject) = subject {
                samples.push(subject(*times).as_nanos() as f64 / *times as f64);
            }
        }
    }
    let first = samples.first().cloned().unwrap_or_default();
    samples
        .into_iter()
        .map(|samples| {
            let ratios = samples
                .iter()
                .zip(&first)
                .map(|(sample, first)| sample / first);
            Some(Figure {
                ratio: median(ratios.collect())?,
                nanos: median(samples)?,
            })
        })
        .collect()
}

fn times_for_a_turn(subject: &mut Subject<'_>) -> u64 {
    let mut times = 1;
    loop {
        // The best of three: one may have been interrupted for longer than a turn takes.
        let took = (0..3).map(|_| subject(times)).min().unwrap_or(TURN);
        if took >= TURN {
            return times;
        }
        let missing = TURN.as_nanos() / took.as_nanos().max(1) + 1;
        times *= missing.clamp(2, 100) as u64;
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// A time in the unit that suits it.
pub fn time(nanos: f64) -> String {
    match nanos {
        ..1e3 => format!("{nanos:.0} ns"),
        ..1e4 => format!("{:.2} µs", nanos / 1e3),
        ..1e6 => format!("{:.1} µs", nanos / 1e3),
        ..1e9 => format!("{:.1} ms", nanos / 1e6),
        _ => format!("{:.1} s", nanos / 1e9),
    }
}

/// Lays cells out in columns: the first to the left, the others to the right. The first row is a heading.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(out, "| {cell:<width$} |"),
                _ => write!(out, " {cell:>width$} |"),
            };
        }
        out.push('\n');
        if index == 0 {
            for (column, width) in widths.iter().enumerate() {
                let _ = match column {
                    0 => write!(out, "|{:-<1$}|", "", width + 2),
                    _ => write!(out, "{:-<1$}:|", "", width + 1),
                };
            }
            out.push('\n');
        }
    }
    out
}
