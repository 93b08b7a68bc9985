//! Defines the resources of `test:resources`.
#![allow(missing_docs, reason = "a test plugin")]

wit_bindgen::generate!({ path: "../wit", world: "provider" });

use exports::test::resources::counters::{
    Counter, CounterBorrow, Given, GuestCounter, GuestSealedTicket, Labelled, SealedTicket,
    SealedTicketBorrow,
};
use exports::test::resources::{counters, vault};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

const LIMIT: u32 = 1000;

thread_local! {
    static ALIVE: Cell<u32> = const { Cell::new(0) };
    static KEPT: RefCell<BTreeMap<u32, Counter>> = const { RefCell::new(BTreeMap::new()) };
    static ISSUED: Cell<u32> = const { Cell::new(0) };
}

struct Plugin;
export!(Plugin);

struct Number(Cell<u32>);

impl Number {
    fn new(start: u32) -> Number {
        ALIVE.set(ALIVE.get() + 1);
        Number(Cell::new(start))
    }

    fn increase(&self, by: u32) -> Result<u32, String> {
        let sum = self.0.get() + by;
        if sum > LIMIT {
            return Err("too much".into());
        }
        self.0.set(sum);
        Ok(sum)
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
    }
}

impl GuestCounter for Number {
    fn new(start: u32) -> Result<Number, String> {
        if start > LIMIT {
            return Err(format!("{start} is above {LIMIT}"));
        }
        Ok(Number::new(start))
    }

    fn value(&self) -> u32 {
        self.0.get()
    }

    fn add(&self, by: u32) -> Result<u32, String> {
        self.increase(by)
    }

    async fn add_later(&self, by: u32) -> u32 {
        self.increase(by).unwrap_or_default()
    }

    fn is_above(&self, other: CounterBorrow<'_>) -> bool {
        self.0.get() > other.get::<Number>().0.get()
    }

    fn make_pair(start: u32) -> (Counter, Counter) {
        let make = |start| Counter::new(Number::new(start));
        (make(start), make(start + 1))
    }

    async fn make_later(start: u32) -> Counter {
        Counter::new(Number::new(start))
    }
}

struct Ticket(u32);

impl GuestSealedTicket for Ticket {
    fn number(&self) -> u32 {
        self.0
    }
}

impl counters::Guest for Plugin {
    type Counter = Number;
    type SealedTicket = Ticket;

    fn absorb(into: CounterBorrow<'_>, other: Counter) {
        let by = other.get::<Number>().0.get();
        let _ = into.get::<Number>().increase(by);
    }

    async fn absorb_later(into: CounterBorrow<'_>, other: Counter) -> u32 {
        let by = other.get::<Number>().0.get();
        into.get::<Number>().increase(by).unwrap_or_default()
    }

    fn sum(counters: Vec<CounterBorrow<'_>>) -> u32 {
        counters
            .iter()
            .map(|counter| counter.get::<Number>().0.get())
            .sum()
    }

    fn echo(counter: Counter) -> Counter {
        counter
    }

    fn echo_option(counter: Option<Counter>) -> Option<Counter> {
        counter
    }

    fn echo_labelled(labelled: Labelled) -> Labelled {
        labelled
    }

    fn echo_given(given: Given) -> Given {
        given
    }

    fn issue(number: u32) -> SealedTicket {
        SealedTicket::new(Ticket(number))
    }

    fn redeem(ticket: SealedTicket) -> u32 {
        ticket.get::<Ticket>().0
    }

    fn alive() -> u32 {
        ALIVE.get()
    }
}

impl vault::Guest for Plugin {
    fn put(counter: Counter) -> SealedTicket {
        let number = ISSUED.get() + 1;
        ISSUED.set(number);
        KEPT.with_borrow_mut(|kept| kept.insert(number, counter));
        SealedTicket::new(Ticket(number))
    }

    fn take(ticket: SealedTicket) -> Option<Counter> {
        KEPT.with_borrow_mut(|kept| kept.remove(&ticket.get::<Ticket>().0))
    }

    fn peek(ticket: SealedTicketBorrow<'_>) -> u32 {
        let number = ticket.get::<Ticket>().0;
        KEPT.with_borrow(|kept| kept[&number].get::<Number>().0.get())
    }
}
