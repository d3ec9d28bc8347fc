//! Workflows that fail when something is lost: killed functions, lost answers, fenced invocations.

mod acts_between_steps;
mod charges_without_key;
mod checks_then_acts;
mod compensates_twice;
mod counts_in_memory;
mod drops_what_it_spawned;
mod loops_without_end;
mod mails_outside_a_step;
mod passes_results_in_memory;
mod retries_by_hand;
mod returns_too_much;
mod sends_what_it_has_not_stored;
mod swallows_an_error;
mod uploads_in_one_step;
mod world;
