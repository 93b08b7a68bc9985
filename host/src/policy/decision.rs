//! What a policy can say.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use tokio::sync::oneshot;

/// What a [`Policy`](super::Policy) says about an operation.
#[derive(Debug)]
pub enum Decision {
    /// It may happen.
    Allow,
    /// It may not happen. The plugin gets the error its interface has for that, without the reason.
    Deny(Denial),
    /// Somebody else decides, later. The plugin waits for the answer; if none comes in time, that is
    /// a denial.
    Ask(Question),
}

impl Decision {
    /// A denial with this reason, which is for the audit record and not for the plugin.
    #[must_use]
    pub fn deny(reason: impl Into<Cow<'static, str>>) -> Decision {
        Decision::Deny(Denial::new(reason))
    }
}

/// Why an operation may not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    reason: Cow<'static, str>,
}

impl Denial {
    /// A denial with this reason.
    #[must_use]
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Denial {
        Denial {
            reason: reason.into(),
        }
    }

    /// The reason.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// An operation that waits for an [`Answer`]. A [`Policy`](super::Policy) makes both, gives the
/// question back as its decision and the answer to whoever decides.
///
/// ```
/// use std::time::Duration;
/// use outwit::policy::{Decision, Question};
///
/// let (question, answer) = Question::new(Duration::from_secs(60));
/// // ... show a prompt that holds `answer`, then:
/// answer.allow();
/// let decision = Decision::Ask(question);
/// # let _ = decision;
/// ```
#[derive(Debug)]
pub struct Question {
    answer: oneshot::Receiver<Result<(), Denial>>,
    deadline: Duration,
}

impl Question {
    /// A question that is denied unless it is answered within `deadline`. That time does not count for
    /// the plugin's own limit on the duration of a call; for plugins that called it, it does.
    #[must_use]
    pub fn new(deadline: Duration) -> (Question, Answer) {
        let (sender, answer) = oneshot::channel();
        (Question { answer, deadline }, Answer { sender })
    }

    /// Waits for the answer. Says who decided as well.
    pub(crate) async fn answered(self) -> Result<(), (By, Denial)> {
        match tokio::time::timeout(self.deadline, self.answer).await {
            Ok(Ok(answer)) => answer.map_err(|denial| (By::Answer, denial)),
            Ok(Err(_dropped)) => Err((By::Nobody, Denial::new("the question was dropped"))),
            Err(_elapsed) => Err((By::Nobody, Denial::new("nobody answered in time"))),
        }
    }
}

/// Answers a [`Question`]. Dropping it is a denial.
#[derive(Debug)]
pub struct Answer {
    sender: oneshot::Sender<Result<(), Denial>>,
}

impl Answer {
    /// The operation may happen.
    pub fn allow(self) {
        // Whoever waited may be gone.
        let _ = self.sender.send(Ok(()));
    }

    /// The operation may not happen.
    pub fn deny(self, reason: impl Into<Cow<'static, str>>) {
        let _ = self.sender.send(Err(Denial::new(reason)));
    }

    /// Whether an answer still matters: the plugin waits and the deadline has not passed.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        !self.sender.is_closed()
    }
}

/// Who decided about an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum By {
    /// The plugin's grant.
    Grant,
    /// Whoever revoked the capability.
    Revoked,
    /// A rule of the manifest.
    Rule,
    /// The policy, by itself.
    Policy,
    /// Whoever the policy had asked.
    Answer,
    /// Nobody: the question had no answer.
    Nobody,
    /// A limit of the plugin.
    Limit,
    /// The audit sink, which could not take the record.
    Audit,
}

impl By {
    /// Its name in records: `grant`, `policy`, ...
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            By::Grant => "grant",
            By::Revoked => "revoked",
            By::Rule => "rule",
            By::Policy => "policy",
            By::Answer => "answer",
            By::Nobody => "nobody",
            By::Limit => "limit",
            By::Audit => "audit",
        }
    }
}
