//! Trying a policy out without a plugin.

use std::fmt;
use std::sync::Arc;

use super::{Denial, Gate, Operation, Rates, Refused, Target};
use crate::grants::Capability;
use crate::host::Host;
use crate::instance::Identity;
use crate::limits::Limits;

/// Asks the policy of a host, and records what it says, as an operation of a plugin does that was
/// granted everything and has no limits. For tests of policies and of audit sinks.
///
/// ```
/// use outwit::policy::{Target, Trial, operations};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let trial = Trial::new("notes", &outwit::Host::system());
/// let set_item = operations().find(|o| o.function == "set-item").expect("there is one");
/// assert_eq!(trial.decide(set_item, Target::Key("draft")).await, Ok(()));
/// # }
/// ```
pub struct Trial {
    gate: Gate,
}

impl Trial {
    /// A plugin of this name in an app with this host.
    #[must_use]
    pub fn new(plugin: &str, host: &Host) -> Trial {
        let identity = Identity::named(plugin);
        let limits = Limits {
            rates: Capability::ALL.map(|c| (c, u64::MAX)).into(),
            ..Limits::default()
        };
        Trial {
            gate: Gate::new(
                identity.clone(),
                host.policy.clone(),
                host.audit.clone(),
                u64::MAX,
                Arc::new(Rates::new(&limits)),
                host.metrics.of(&identity.plugin),
            ),
        }
    }

    /// Whether the operation may happen.
    ///
    /// # Errors
    ///
    /// It may not, for this reason.
    pub async fn decide(&self, operation: &Operation, target: Target<'_>) -> Result<(), Denial> {
        let granted = Ok::<(), ()>(());
        self.gate
            .enter(operation, target, granted)
            .await
            .map_err(|refused| match refused {
                Refused::Policy(denial) => denial,
                Refused::Grant(()) => Denial::new("it was not granted"),
            })
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").finish_non_exhaustive()
    }
}
