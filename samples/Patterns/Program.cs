using AgentTeams.Samples;

var samples = new Dictionary<string, Func<Task>>
{
    ["protocols"] = Protocols.RunAsync,
    ["message-passing"] = MessagePassing.RunAsync,
    ["intention-broadcast"] = IntentionBroadcast.RunAsync,
    ["dialogue"] = Dialogue.RunAsync,
    ["inner-monologue"] = InnerMonologue.RunAsync,
    ["simulated-user"] = SimulatedClient.RunAsync,
    ["blackboard"] = Blackboard.RunAsync,
    ["sequential"] = Sequential.RunAsync,
    ["vote"] = Vote.RunAsync,
    ["ranked"] = Ranked.RunAsync,
    ["debate"] = Debate.RunAsync,
    ["group-chat"] = GroupChat.RunAsync,
    ["handoff"] = Handoff.RunAsync,
    ["coordinator"] = Coordinator.RunAsync,
    ["planner-workers"] = PlannerWorkers.RunAsync,
    ["generate-verify-refine"] = GenerateVerifyRefine.RunAsync,
    ["mixture-of-agents"] = MixtureOfAgents.RunAsync,
    ["dynamic-team"] = DynamicTeam.RunAsync,
    ["cascade"] = Cascade.RunAsync,
    ["relay"] = Relay.RunAsync,
    ["tree-search"] = TreeSearch.RunAsync,
    ["hierarchy"] = Hierarchy.RunAsync,
    ["graph"] = Graph.RunAsync,
    ["five-modules"] = FiveModuleAgent.RunAsync,
    ["governance"] = GovernedTeam.RunAsync,
    ["trust-zone"] = SafeTeam.RunAsync,
    ["memory"] = RememberingTeam.RunAsync,
    ["shared-context"] = SharingTeams.RunAsync,
};

Cast.IsLocal = args.Contains("--local");
switch (args.Except(["--local"]).ToArray())
{
    case [] or ["list"]:
        Console.WriteLine(string.Join('\n', samples.Keys));
        return 0;
    case ["all"]:
        foreach (var (name, run) in samples)
        {
            Console.WriteLine($"--- {name}");
            await run();
        }

        return 0;
    case [var name] when samples.TryGetValue(name, out var run):
        await run();
        return 0;
    default:
        Console.Error.WriteLine($"There is no such sample. Name one of: {string.Join(", ", samples.Keys)}, all; add --local for the tiny local model.");
        return 1;
}
