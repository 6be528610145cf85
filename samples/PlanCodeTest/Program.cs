using System.ClientModel;
using System.CommandLine;
using System.Globalization;
using AgentTeams;
using AgentTeams.Samples.PlanCodeTest;
using Microsoft.Extensions.AI;
using OpenAI;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var data = new Option<string?>("--data") { Description = "Tasks as JSON lines in HumanEval's format; three of the sample's own unless given." };
var count = new Option<int>("--tasks") { Description = "How many of them, from the first.", DefaultValueFactory = _ => int.MaxValue };
var endpoint = new Option<Uri?>("--endpoint")
{
    CustomParser = result =>
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address)) return address;
        result.AddError($"--endpoint is '{result.Tokens[0].Value}'; give an address such as http://127.0.0.1:8080/v1.");
        return null;
    },
    Description = "An OpenAI-compatible endpoint, such as http://127.0.0.1:8080/v1; its key is taken from OPENAI_API_KEY. Scripted replies unless given.",
};
var model = new Option<string>("--model") { Description = "The model that the endpoint is asked for.", DefaultValueFactory = _ => "default" };
var smoke = new Option<bool>("--smoke") { Description = "Fails unless all pass; where this machine has no Python or cannot shut it in, says so and ends well." };
var command = new RootCommand("A planner and a coder write a program of two functions, and a tester runs it in a sandbox.") { data, count, endpoint, model, smoke };
command.SetAction((parsed, cancellationToken) => RunAsync(
    CodeTask.Load(parsed.GetValue(data)).Take(parsed.GetValue(count)), parsed.GetValue(endpoint) is { } address ? Ask(address, parsed.GetValue(model)!) : new ScriptedCoders(), parsed.GetValue(smoke), cancellationToken));
return await command.Parse(args).InvokeAsync();

static IChatClient Ask(Uri endpoint, string model) =>
    new OpenAIClient(new ApiKeyCredential(Environment.GetEnvironmentVariable("OPENAI_API_KEY") ?? "none"), new OpenAIClientOptions { Endpoint = endpoint }).GetChatClient(model).AsIChatClient();

static async Task<int> RunAsync(IEnumerable<CodeTask> tasks, IChatClient model, bool isSmoke, CancellationToken cancellationToken)
{
    using var client = model;
    var server = Path.Combine(AppContext.BaseDirectory, "code-runner", "AgentTeams.Servers.CodeRunner.dll");
    await using var runner = await McpToolset.ConnectStdioAsync(new() { Name = "code-runner", Command = "dotnet", Arguments = [server, "--languages", "python"] }, cancellationToken);
    var workflow = CodeTeam.Create(runner["run_tests"]);
    var rewards = CodeRewards.Create();
    var schemes = new Dictionary<CooperationScheme, int>();
    var passed = 0;
    foreach (var task in tasks)
    {
        var run = await workflow.RecordAsync(new(task), TeamRuntime.ForAll(client), new() { Seed = new SeedKey(1, Task: task.TaskId) }, cancellationToken: cancellationToken);
        if (run.State is not { } state)
        {
            Console.WriteLine($"{task.TaskId}: {run.Error?.Message}");
            return isSmoke && run.Error?.Message is { } why && (why.Contains("Nothing was run", StringComparison.Ordinal) || why.Contains("cannot be run", StringComparison.Ordinal)) ? 0 : 1;
        }

        var scored = (await rewards.ScoreAsync([run.Trajectory], cancellationToken))[0];
        var scheme = CodeRewards.Reading(scored).Scheme;
        schemes[scheme] = schemes.GetValueOrDefault(scheme) + 1;
        passed += state.Outcome == "passed" ? 1 : 0;
        Console.WriteLine($"{task.TaskId}: {state.Outcome}, {scheme}, {string.Join(", ", scored.Rewards.Select(r => $"{r.Source} {r.Value:0.##}"))}");
    }

    Console.WriteLine($"{passed} of {schemes.Values.Sum()} passed; {string.Join(", ", schemes.OrderBy(s => s.Key).Select(s => $"{s.Key} {s.Value}"))}");
    return isSmoke && passed < schemes.Values.Sum() ? 1 : 0;
}
