// No async functions at all: closures in then, in node-like callbacks and in continuations that were handed over.
var state = { log: [], pending: 0 }
function call(name, callback) {
  state.pending++
  pause(name).then(
    function (value) {
      state.pending--
      callback(null, value)
    },
    function (error) {
      state.pending--
      callback(error)
    },
  )
}
function series(names, done) {
  var results = []
  ;(function next(index) {
    if (index === names.length) return done(null, results)
    call(names[index], function (error, value) {
      if (error) return done(error)
      results.push(value + index)
      next(index + 1)
    })
  })(0)
}
function parallel(names, done) {
  var left = names.length,
    results = {}
  names.forEach(function (name) {
    call(name, function (error, value) {
      results[name] = value
      if (--left === 0) done(null, results)
    })
  })
}
series(["a", "b", "c"], function (error, results) {
  state.log.push(results.join())
  parallel(["x", "y", "z"], function (error, all) {
    state.log.push(Object.keys(all).join(), all.x, state.pending)
    refuse("refused").then(null, function (error) {
      state.log.push(error.message)
      globalThis.result = state.log
    })
  })
})

/* expected
["a!0,b!1,c!2", "z,x,y", "x!", 0, "refused"]
*/
