//! Uses the resources of `test:resources`.
#![allow(missing_docs, reason = "a test plugin")]

wit_bindgen::generate!({ path: "../wit", world: "consumer" });

use exports::test::resources::trials::Guest;
use test::resources::counters::{self, Counter, Given, Labelled};
use test::resources::vault;

struct Plugin;
export!(Plugin);

fn counter(start: u32) -> Counter {
    Counter::new(start).unwrap()
}

impl Guest for Plugin {
    fn construct_and_call() -> Vec<u32> {
        let counter = counter(40);
        vec![counter.value(), counter.add(2).unwrap(), counter.value()]
    }

    fn construct_too_large() -> String {
        Counter::new(1001).map_or_else(|error| error, |_| "no error".into())
    }

    fn add_too_much() -> String {
        let counter = counter(999);
        let error = counter.add(2).unwrap_err();
        format!("{error}, still {}", counter.value())
    }

    fn statics() -> Vec<u32> {
        let (first, second) = Counter::make_pair(5);
        vec![first.value(), second.value()]
    }

    fn borrow_own_kind() -> Vec<bool> {
        let (small, large) = (counter(1), counter(2));
        vec![
            small.is_above(&large),
            large.is_above(&small),
            large.is_above(&large),
        ]
    }

    fn absorb_another() -> u32 {
        let into = counter(1);
        counters::absorb(&into, counter(2));
        into.value()
    }

    fn sum_of_borrows() -> u32 {
        let (a, b) = (counter(1), counter(20));
        counters::sum(&[&a, &b, &a])
    }

    fn echo_everything() -> Vec<u32> {
        let counter_1 = counters::echo(counter(1));
        let counter_1 = counters::echo_option(Some(counter_1)).unwrap();
        let none = counters::echo_option(None).is_none();
        let labelled = counters::echo_labelled(Labelled {
            label: "x".into(),
            counter: counter_1,
        });
        let Given::One(one) = counters::echo_given(Given::One(labelled.counter)) else {
            return vec![];
        };
        let Given::Many(many) = counters::echo_given(Given::Many(vec![one, counter(2)])) else {
            return vec![];
        };
        let nothing = matches!(counters::echo_given(Given::Nothing), Given::Nothing);
        let mut values = vec![none.into(), labelled.label.len() as u32, nothing.into()];
        values.extend(many.iter().map(Counter::value));
        values
    }

    fn sealed() -> Vec<u32> {
        let ticket = counters::issue(7);
        vec![ticket.number(), counters::redeem(ticket)]
    }

    fn across_interfaces() -> Vec<u32> {
        let ticket = vault::put(counter(11));
        let seen = vault::peek(&ticket);
        let counter = vault::take(ticket).unwrap();
        vec![seen, counter.add(1).unwrap()]
    }

    async fn wait_for_methods() -> Vec<u32> {
        let counter_1 = Counter::make_later(1).await;
        let first = counter_1.add_later(2).await;
        let fourth = counter_1.add_later(1).await;
        let fifth = counter_1.add_later(1).await;
        let absorbed = counters::absorb_later(&counter_1, counter(10)).await;
        vec![first, fourth.max(fifth), absorbed]
    }

    fn left_over() -> u32 {
        counters::alive()
    }
}
