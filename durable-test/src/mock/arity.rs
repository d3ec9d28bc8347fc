//! The numbers of arguments that a function may have.

/// Calls a macro once for each number of arguments, up to twelve, with a type parameter and a variable for each.
macro_rules! each_arity {
    ($item:ident) => {
        $item!();
        $item!(A a);
        $item!(A a, B b);
        $item!(A a, B b, C c);
        $item!(A a, B b, C c, D d);
        $item!(A a, B b, C c, D d, F f);
        $item!(A a, B b, C c, D d, F f, G g);
        $item!(A a, B b, C c, D d, F f, G g, I i);
        $item!(A a, B b, C c, D d, F f, G g, I i, J j);
        $item!(A a, B b, C c, D d, F f, G g, I i, J j, L l);
        $item!(A a, B b, C c, D d, F f, G g, I i, J j, L l, M m);
        $item!(A a, B b, C c, D d, F f, G g, I i, J j, L l, M m, N n);
        $item!(A a, B b, C c, D d, F f, G g, I i, J j, L l, M m, N n, O o);
    };
}
pub(super) use each_arity;
