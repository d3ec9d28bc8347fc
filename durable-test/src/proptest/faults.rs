//! Generated faults.

use proptest::arbitrary::Arbitrary;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy};
use proptest::prop_oneof;
use proptest::strategy::BoxedStrategy;

use crate::faults::{CrashPoint, Faults};

/// How many checkpoint calls the faults of [`Arbitrary`] are spread over.
const CALLS: u64 = 16;

/// How many faults the plans of [`Arbitrary`] have at most.
const FAULTS: usize = 3;

/// Points at which a function crashes: at one of the first `calls` checkpoint calls of a run, or at the response
/// of one of its first invocations. They shrink towards the first call.
///
/// The [module](super) has examples of such strategies.
pub fn crash_points(calls: u64) -> impl Strategy<Value = CrashPoint> + Clone {
    let call = 1..=calls.max(1);
    prop_oneof![
        call.clone().prop_map(CrashPoint::before_stored),
        call.clone().prop_map(CrashPoint::after_stored),
        call.clone().prop_map(CrashPoint::answer_lost),
        call.prop_map(CrashPoint::given_up),
        (1..=4_u64).prop_map(CrashPoint::response_lost),
    ]
}

/// Plans of up to `max` crashes, for [`faults`](crate::Run::faults) of a run. They shrink to fewer and earlier
/// crashes. A crash that a run does not reach is no error ([`Faults::optional`]).
pub fn crashes(calls: u64, max: usize) -> impl Strategy<Value = Faults> + Clone {
    vec(crash_points(calls), 0..=max).prop_map(|points| {
        let plan = points.into_iter().fold(Faults::new(), Faults::crash);
        plan.optional()
    })
}

/// Plans of up to `max` faults that a correct workflow survives: crashes, throttled and failed calls, lost
/// answers, invocations delivered twice or overrun, and state in pages. They shrink to fewer and earlier faults. A
/// fault that a run does not reach is no error ([`Faults::optional`]).
///
/// The service gives up after five failed invocations in a row, so `max` is at most 4.
pub fn faults(calls: u64, max: usize) -> impl Strategy<Value = Faults> + Clone {
    let call = 1..=calls.max(1);
    let invocation = 1..=4_u64;
    let one = prop_oneof![
        crash_points(calls).prop_map(|point| Faults::new().crash(point)),
        call.clone().prop_map(|call| Faults::new().throttle(call)),
        call.clone()
            .prop_map(|call| Faults::new().server_error(call)),
        call.prop_map(|call| Faults::new().lose_answer(call)),
        invocation
            .clone()
            .prop_map(|number| Faults::new().deliver_twice(number)),
        invocation.prop_map(|number| Faults::new().overrun(number)),
    ];
    let pages = prop_oneof![
        3 => Just(Faults::new()),
        1 => (1..=3_usize).prop_map(|items| Faults::new().state_pages(items)),
    ];
    (vec(one, 0..=max.min(4)), pages).prop_map(|(plan, pages)| {
        let plan = plan.into_iter().fold(Faults::new(), Faults::and);
        plan.and(pages).optional()
    })
}

/// Plans over the first 16 checkpoint calls, as of [`faults`].
impl Arbitrary for Faults {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        faults(CALLS, FAULTS).boxed()
    }
}

/// Points over the first 16 checkpoint calls, as of [`crash_points`].
impl Arbitrary for CrashPoint {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        crash_points(CALLS).boxed()
    }
}
