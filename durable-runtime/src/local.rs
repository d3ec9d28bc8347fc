//! stub
pub(crate) fn _x() { crate::step::steady_delays(); }
