//! Any provider: types that the simulated cloud has never heard of.
