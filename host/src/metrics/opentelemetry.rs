//! The numbers of plugins as instruments of OpenTelemetry.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};

use super::{Metrics, Outcome};
use crate::error::LimitKind;
use crate::policy::Operation;

/// Passes what plugins do on to a meter of OpenTelemetry. Needs the feature `opentelemetry`.
///
/// | Instrument | Kind | Attributes |
/// |---|---|---|
/// | `outwit.instances` | up-down counter | `plugin` |
/// | `outwit.memory` | up-down counter, bytes | `plugin` |
/// | `outwit.calls` | histogram, seconds | `plugin`, `function`, `outcome` |
/// | `outwit.limits` | counter | `plugin`, `limit` |
/// | `outwit.operations` | counter | `plugin`, `capability`, `interface`, `function`, `outcome` |
#[derive(Debug, Clone)]
pub struct OpenTelemetry {
    instances: UpDownCounter<i64>,
    memory: UpDownCounter<i64>,
    calls: Histogram<f64>,
    limits: Counter<u64>,
    operations: Counter<u64>,
}

impl OpenTelemetry {
    /// The instruments, made by this meter.
    #[must_use]
    pub fn new(meter: &Meter) -> OpenTelemetry {
        OpenTelemetry {
            instances: meter
                .i64_up_down_counter("outwit.instances")
                .with_description("Instances of plugins")
                .build(),
            memory: meter
                .i64_up_down_counter("outwit.memory")
                .with_unit("By")
                .with_description("Memory of the instances of plugins")
                .build(),
            calls: meter
                .f64_histogram("outwit.calls")
                .with_unit("s")
                .with_description("Calls of plugins")
                .build(),
            limits: meter
                .u64_counter("outwit.limits")
                .with_description("Limits that plugins went over")
                .build(),
            operations: meter
                .u64_counter("outwit.operations")
                .with_description("Operations of the host that were decided about")
                .build(),
        }
    }
}

fn plugin(name: &str) -> KeyValue {
    KeyValue::new("plugin", name.to_string())
}

impl Metrics for OpenTelemetry {
    fn started(&self, name: &str) {
        self.instances.add(1, &[plugin(name)]);
    }

    fn ended(&self, name: &str) {
        self.instances.add(-1, &[plugin(name)]);
    }

    fn memory(&self, name: &str, change: i64) {
        self.memory.add(change, &[plugin(name)]);
    }

    fn call(&self, name: &str, function: &str, duration: Duration, outcome: Outcome) {
        let attributes = [
            plugin(name),
            KeyValue::new("function", function.to_string()),
            KeyValue::new("outcome", outcome.name()),
        ];
        self.calls.record(duration.as_secs_f64(), &attributes);
    }

    fn limit(&self, name: &str, limit: LimitKind) {
        self.limits
            .add(1, &[plugin(name), KeyValue::new("limit", limit.name())]);
    }

    fn operation(&self, name: &str, operation: &Operation, allowed: bool) {
        let outcome = if allowed { "allowed" } else { "denied" };
        let attributes = [
            plugin(name),
            KeyValue::new("capability", operation.capability.name()),
            KeyValue::new("interface", operation.interface),
            KeyValue::new("function", operation.function),
            KeyValue::new("outcome", outcome),
        ];
        self.operations.add(1, &attributes);
    }
}
