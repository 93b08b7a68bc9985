//! Policy: the last word on every effect, after the grants. See [`Policy`].

mod call;
mod decision;
mod explain;
mod gate;
mod live;
mod operation;
mod rates;
mod rules;
mod trial;

use async_trait::async_trait;

pub use call::{Call, Target};
pub use decision::{Answer, By, Decision, Denial, Question};
pub use explain::{Standing, explain};
pub use live::Live;
pub use operation::{OnDenial, Operation, operations};
pub use rules::{InvalidRule, Rule, Rules};
pub use trial::Trial;

pub(crate) use gate::{Gate, Pass, Refused};
pub(crate) use operation::operations_of;
pub(crate) use rates::Rates;

/// Decides about each effect a plugin is about to have on the world, after its grant allowed it and
/// before anything happens. A grant says what a plugin may do at all; a policy can look at each
/// call: which key, which path, which host, how often, at what time.
///
/// Set it with [`Host::with_policy`](crate::Host::with_policy), and change it while the app runs with
/// [`App::policy`](crate::App::policy): the next operation of any plugin is decided by the new one.
///
/// ```
/// use outwit::policy::{Call, Decision, Policy, Target};
///
/// /// Nobody changes what `settings/` keys hold.
/// struct Settings;
///
/// #[outwit::async_trait]
/// impl Policy for Settings {
///     fn decide_now(&self, call: &Call<'_>) -> Option<Decision> {
///         Some(match call.target {
///             Target::Key(key) if key.starts_with("settings/") && call.function != "get-item" => {
///                 Decision::deny("settings are not for plugins to change")
///             }
///             _ => Decision::Allow,
///         })
///     }
///
///     async fn decide(&self, call: &Call<'_>) -> Decision {
///         self.decide_now(call).unwrap_or(Decision::Allow)
///     }
/// }
///
/// let host = outwit::Host::system().with_policy(std::sync::Arc::new(Settings));
/// # let _ = host;
/// ```
///
/// A denied operation has no effect at all, not even a name that is looked up. The plugin gets the
/// error its interface has for that; [`OnDenial`] tells for each function which.
#[async_trait]
pub trait Policy: Send + Sync + 'static {
    /// Decides at once, or gives nothing if that takes waiting. Asked first; if it answers,
    /// [`Policy::decide`] is not called, and the decision costs no allocation.
    ///
    /// # Default
    ///
    /// Nothing.
    fn decide_now(&self, call: &Call<'_>) -> Option<Decision> {
        let _ = call;
        None
    }

    /// Decides. The plugin waits; other plugins do not. The time counts for the plugin's limit on the
    /// duration of a call.
    async fn decide(&self, call: &Call<'_>) -> Decision;
}

/// Allows what the grants allow. The policy of a host that sets none.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllowGranted;

#[async_trait]
impl Policy for AllowGranted {
    fn decide_now(&self, _: &Call<'_>) -> Option<Decision> {
        Some(Decision::Allow)
    }

    async fn decide(&self, _: &Call<'_>) -> Decision {
        Decision::Allow
    }
}
