// What test tools read of the process: a broker without a Java machine shows one all the same.
#include <chrono>

#include "mockbroker/console/mbeans.hpp"

namespace mockbroker {
namespace {

namespace json = boost::json;

// The memory of messages stands for the heap.
json::object heap(const management& m) {
  const std::size_t limit = m.shown.options().memory_limit;
  return {{"init", 0}, {"committed", limit}, {"max", limit}, {"used", m.shown.memory_used()}};
}

json::value start_time(const management& m, const mbean&) {
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(m.rt.wall_now().time_since_epoch());
  return now.count() - m.uptime_ms();
}

constexpr attribute runtime_attributes[] = {
    {"Name", "java.lang.String",
     [](const management& m, const mbean&) { return json::value("1@" + m.shown.options().name); }},
    {"Pid", "long", [](const management&, const mbean&) { return json::value(1); }},
    {"Uptime", "long",
     [](const management& m, const mbean&) { return json::value(m.uptime_ms()); }},
    {"StartTime", "long", start_time},
    {"VmName", "java.lang.String",
     [](const management&, const mbean&) { return json::value("mockbroker"); }},
    {"VmVendor", "java.lang.String",
     [](const management&, const mbean&) { return json::value("mockbroker"); }},
    {"VmVersion", "java.lang.String",
     [](const management& m, const mbean&) {
       return json::value(std::string(m.shown.options().kind.version));
     }},
    {"SpecName", "java.lang.String",
     [](const management&, const mbean&) {
       return json::value("Java Virtual Machine Specification");
     }},
    {"SpecVendor", "java.lang.String",
     [](const management&, const mbean&) { return json::value("Oracle Corporation"); }},
    {"SpecVersion", "java.lang.String",
     [](const management&, const mbean&) { return json::value("17"); }},
    {"ManagementSpecVersion", "java.lang.String",
     [](const management&, const mbean&) { return json::value("3.0"); }},
    {"ClassPath", "java.lang.String",
     [](const management&, const mbean&) { return json::value(""); }},
    {"LibraryPath", "java.lang.String",
     [](const management&, const mbean&) { return json::value(""); }},
    {"BootClassPath", "java.lang.String",
     [](const management&, const mbean&) { return json::value("Unsupported"); }},
    {"BootClassPathSupported", "boolean",
     [](const management&, const mbean&) { return json::value(false); }},
    {"InputArguments", "[Ljava.lang.String;",
     [](const management&, const mbean&) { return json::value(json::array()); }},
    {"SystemProperties", "javax.management.openmbean.TabularData",
     [](const management&, const mbean&) { return json::value(json::object()); }},
    {"ObjectName", "javax.management.ObjectName",
     [](const management&, const mbean& b) { return json::value(reference(b.name)); }},
};

constexpr attribute memory_attributes[] = {
    {"HeapMemoryUsage", "javax.management.openmbean.CompositeData",
     [](const management& m, const mbean&) { return json::value(heap(m)); }},
    {"NonHeapMemoryUsage", "javax.management.openmbean.CompositeData",
     [](const management&, const mbean&) {
       return json::value(json::object{{"init", 0}, {"committed", 0}, {"max", -1}, {"used", 0}});
     }},
    {"ObjectPendingFinalizationCount", "int",
     [](const management&, const mbean&) { return json::value(0); }},
    {"Verbose", "boolean", [](const management&, const mbean&) { return json::value(false); }},
    {"ObjectName", "javax.management.ObjectName",
     [](const management&, const mbean& b) { return json::value(reference(b.name)); }},
};
constexpr operation memory_operations[] = {{"gc", "", "void", do_nothing}};

// A broker in memory is always well.
constexpr attribute health_attributes[] = {
    {"CurrentStatus", "java.lang.String",
     [](const management&, const mbean&) { return json::value("Good"); }},
};
constexpr operation health_operations[] = {
    {"healthList", "", "java.util.List",
     [](const management&, const mbean&, const arguments&) -> operation_result {
       return json::value(json::array());
     }},
    {"healthStatus", "", "java.lang.String",
     [](const management&, const mbean&, const arguments&) -> operation_result {
       return json::value("Good");
     }},
    {"health", "", "javax.management.openmbean.TabularData",
     [](const management&, const mbean&, const arguments&) -> operation_result {
       return json::value(json::object());
     }},
};

}  // namespace

const family runtime_family{"sun.management.RuntimeImpl", runtime_attributes, {}, false};
const family memory_family{"sun.management.MemoryImpl", memory_attributes, memory_operations,
                           false};
const family health_family{"org.apache.activemq.broker.jmx.HealthView", health_attributes,
                           health_operations};

}  // namespace mockbroker
