// What C++ code needs besides the C library and libc++: memory, and ends that are never reached in a right program.
#include <cstdlib>
#include <new>

// An allocation that fails ends the VM, for there are no exceptions to tell of it. `new (std::nothrow)` tells.
static void *allocated(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static std::size_t padded(std::size_t size, std::align_val_t alignment)
{
    std::size_t unit = static_cast<std::size_t>(alignment);
    return (size + unit - 1) / unit * unit;
}

void *operator new(std::size_t size) { return allocated(malloc(size)); }
void *operator new[](std::size_t size) { return allocated(malloc(size)); }
void *operator new(std::size_t size, const std::nothrow_t &) noexcept { return malloc(size); }
void *operator new[](std::size_t size, const std::nothrow_t &) noexcept { return malloc(size); }
void *operator new(std::size_t size, std::align_val_t alignment)
{
    return allocated(aligned_alloc(static_cast<std::size_t>(alignment), padded(size, alignment)));
}
void *operator new[](std::size_t size, std::align_val_t alignment) { return operator new(size, alignment); }

void operator delete(void *memory) noexcept { free(memory); }
void operator delete[](void *memory) noexcept { free(memory); }
void operator delete(void *memory, std::size_t) noexcept { free(memory); }
void operator delete[](void *memory, std::size_t) noexcept { free(memory); }
void operator delete(void *memory, const std::nothrow_t &) noexcept { free(memory); }
void operator delete[](void *memory, const std::nothrow_t &) noexcept { free(memory); }
void operator delete(void *memory, std::align_val_t) noexcept { free(memory); }
void operator delete[](void *memory, std::align_val_t) noexcept { free(memory); }
void operator delete(void *memory, std::size_t, std::align_val_t) noexcept { free(memory); }
void operator delete[](void *memory, std::size_t, std::align_val_t) noexcept { free(memory); }

extern "C" void __cxa_pure_virtual() { abort(); }

// A VM ends without destroying what is static: its memory is given back as a whole.
extern "C" int __cxa_atexit(void (*)(void *), void *, void *) { return 0; }

// libc++ calls this where it would throw.
namespace std {
inline namespace __1 {
[[noreturn]] void __libcpp_verbose_abort(const char *, ...) noexcept { abort(); }
}
}
