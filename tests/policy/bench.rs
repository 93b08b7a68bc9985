//! What a decision of the policy costs, with its record: `cargo xtask bench policy`.

use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use outwit::audit::{Durability, JsonLines, Ring, Sink};
use outwit::policy::{Call, Decision, Operation, Policy, Target, Trial, operations};
use outwit::{Host, async_trait};

/// A policy that looks at each call.
struct Looking;

#[async_trait]
impl Policy for Looking {
    fn decide_now(&self, call: &Call<'_>) -> Option<Decision> {
        Some(match call.target {
            Target::Key(key) if key.starts_with("secret/") => Decision::deny("secret"),
            _ => Decision::Allow,
        })
    }

    async fn decide(&self, _: &Call<'_>) -> Decision {
        Decision::Allow
    }
}

/// The median time of a decision, in nanoseconds.
fn measure(host: &Host, operation: &Operation) -> f64 {
    // Few at a time, so that on a busy machine most rounds are not interrupted.
    const DECISIONS: u32 = 200;
    let trial = Trial::new("guest", host);
    let mut rounds: Vec<f64> = (0..1001)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..DECISIONS {
                let target = Target::Key(black_box("settings/theme"));
                let decision = std::pin::pin!(trial.decide(operation, target));
                let mut context = Context::from_waker(Waker::noop());
                match decision.poll(&mut context) {
                    Poll::Ready(outcome) => black_box(outcome).expect("it is allowed"),
                    Poll::Pending => panic!("it waits"),
                }
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(DECISIONS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

fn main() {
    let set_item = operations().find(|o| o.function == "set-item");
    let set_item = set_item.expect("storage has it");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str, durability| -> Arc<dyn Sink> {
        let builder = JsonLines::builder(folder.path().join(name)).durability(durability);
        Arc::new(builder.open().expect("a file"))
    };
    let audits: [(&str, Option<Arc<dyn Sink>>); 4] = [
        ("no audit", None),
        ("audit in memory", Some(Arc::new(Ring::new(1000)))),
        (
            "audit in a file, queued",
            Some(file("queued", Durability::Queued { bytes: 1 << 20 })),
        ),
        (
            "audit in a file, written",
            Some(file("written", Durability::Written)),
        ),
    ];
    println!(
        "{:<28} {:>14} {:>14}",
        "one decision, ns", "grants alone", "policy"
    );
    for (name, audit) in audits {
        let host = || match &audit {
            Some(sink) => Host::system().with_audit(sink.clone()),
            None => Host::system(),
        };
        let granted = measure(&host(), set_item);
        let policy = measure(&host().with_policy(Arc::new(Looking)), set_item);
        println!("{name:<28} {granted:>14.0} {policy:>14.0}");
    }
}
