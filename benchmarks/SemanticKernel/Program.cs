using System.Diagnostics;
using System.Text.Json;
using AgentTeams;
using AgentTeams.Benchmarks.SemanticKernel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;

// What recording adds to a model call of an agent: medians over alternating recorded and unrecorded calls, as one JSON line.
const int WarmUp = 2000;
const int Calls = 2000;

var plain = CreateAgent(c => c.AsBuilder().UseKernelFunctionInvocation().Build());
var watched = CreateAgent(c => c.AsBuilder().UseKernelFunctionInvocation().UseTrajectoryRecording().Build());
var times = (Plain: new List<double>(), Recorded: new List<double>());
for (var i = 0; i < WarmUp + Calls; i++)
{
    var without = await TimeAsync(plain);
    var with = await TimeAsync(watched.Recorded(new AgentRecorder("benchmark", new SeedKey(i))));
    if (i < WarmUp) continue;
    times.Plain.Add(without);
    times.Recorded.Add(with);
}

var (unrecorded, recorded) = (Median(times.Plain), Median(times.Recorded));
Console.WriteLine(JsonSerializer.Serialize(new { calls = Calls, unrecorded_us = unrecorded, recorded_us = recorded, added_us = recorded - unrecorded }));

static ChatCompletionAgent CreateAgent(Func<IChatClient, IChatClient> pipeline)
{
    var builder = Kernel.CreateBuilder();
    builder.Services.AddSingleton(pipeline(new InstantClient()));
    return new() { Name = "solver", Instructions = "Solve.", Kernel = builder.Build() };
}

static async Task<double> TimeAsync(Agent agent)
{
    var start = Stopwatch.GetTimestamp();
    await foreach (var item in agent.InvokeAsync("What is six times seven?")) _ = item.Message;
    return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
}

static double Median(List<double> values)
{
    values.Sort();
    return values[values.Count / 2];
}
