// Tells the thread sanitizer of the two slow paths of Swift's Mutex: preloaded where tests run under it.
//
// A Mutex that is free is locked and unlocked by instrumented code, which is inlined into its users. One that is not is
// locked by spinning or by futex(2) in libswiftSynchronization, which is not instrumented, so that all that one thread did
// under the lock looks like a race with what the next one does there. The order is the lock's alone: a race in a closure of
// withLock(_:) with anything that does not hold the same lock is still reported.
//
// Swift's calling convention has `self` of these two methods, the address of the lock, in a register of its own.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

// The sanitizer's own, where the program is built with it.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

static void *original(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

// Synchronization._MutexHandle._lockSlow(Swift.UInt32) -> ()
SWIFT void lock_slowly(uint32_t thread, SELF mutex) __asm__(LOCK);
SWIFT void lock_slowly(uint32_t thread, SELF mutex) {
    static SWIFT void (*_Atomic function)(uint32_t, SELF);
    if (!function) function = (SWIFT void (*)(uint32_t, SELF))original(LOCK);
    function(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

// Synchronization._MutexHandle._unlockSlow() -> ()
SWIFT void unlock_slowly(SELF mutex) __asm__(UNLOCK);
SWIFT void unlock_slowly(SELF mutex) {
    static SWIFT void (*_Atomic function)(SELF);
    if (!function) function = (SWIFT void (*)(SELF))original(UNLOCK);
    if (__tsan_release) __tsan_release(mutex);
    function(mutex);
}
