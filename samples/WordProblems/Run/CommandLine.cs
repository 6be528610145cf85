using System.CommandLine;

namespace AgentTeams.Samples.WordProblems;

/// <summary>The options of the program.</summary>
internal static class CommandLine
{
    public static RootCommand Create(Func<RunOptions, RunControl, CancellationToken, Task<int>> run)
    {
        var defaults = new RunOptions();
        var labels = Number("--labels", "Problems whose solution is shown in stage 1.", defaults.Labels, 10);
        var problems = Number("--problems", "Generated problems of which only the answer is used, in stage 2.", defaults.Problems, 1);
        var steps = Number("--steps", "Steps of reinforcement learning.", defaults.Steps, 0);
        var tasks = Number("--tasks", "Problems per step.", defaults.TasksPerStep, 1);
        var group = Number("--group-size", "Rollouts per problem, which are compared with each other.", defaults.GroupSize, 2);
        var kl = new Option<double>("--kl") { Description = "The factor of the KL penalty against the supervised weights." };
        var seed = Number("--seed", "Decides every random draw.", defaults.Seed, 0);
        var mapping = Choice("--mapping", "Which weights answer for which role.", "shared", "separate", "adapters");
        var control = Choice("--control", "A control experiment in place of stage 2 as it should be.", ["none", .. ControlRuns.Names]);
        var controls = new Option<bool>("--controls") { Description = "Run every control experiment after the run itself, and put them into its report." };
        var data = new Option<string?>("--data") { Description = "Training problems as CSV (Question, Numbers, Equation, Answer) in place of generated ones." };
        var test = new Option<string?>("--test") { Description = "Test problems in the same layout." };
        var output = new Option<string?>("--out") { Description = "The folder of the run; a new one below runs/ unless given." };
        var resume = new Option<bool>("--resume") { Description = "Go on with the run in --out." };
        var stop = new Option<int?>("--stop-after-step") { Description = "Write a checkpoint after that many steps and stop." };
        var every = Number("--checkpoint-every", "Steps from one checkpoint to the next.", 10, 1);
        var keep = Number("--keep-checkpoints", "How many checkpoints are kept.", 3, 2);
        var smoke = new Option<bool>("--smoke") { Description = "A run of seconds that goes through every stage." };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON object on the last line." };
        var root = new RootCommand("A planner, a coder and a verifier learn to solve word problems, from nothing to better.")
        {
            labels, problems, steps, tasks, group, kl, seed, mapping, control, controls, data, test, output, resume, stop, every, keep, smoke, json,
        };
        root.Validators.Add(result =>
        {
            if (result.GetValue(kl) is not (>= 0 and < double.PositiveInfinity)) result.AddError($"--kl is {result.GetValue(kl)}; give a finite number of at least 0.");
            if (result.GetValue(data) is null != result.GetValue(test) is null) result.AddError("Give --data and --test together.");
            if (result.GetValue(controls) && result.GetValue(control) is not (null or "none")) result.AddError("Give --controls or --control, not both.");
            if (result.GetValue(resume) && result.GetValue(output) is null) result.AddError("--resume needs --out, the folder of the run to go on with.");
        });
        root.SetAction((parsed, cancellationToken) =>
        {
            var options = new RunOptions
            {
                Labels = parsed.GetValue(labels), Problems = parsed.GetValue(problems), Steps = parsed.GetValue(steps), TasksPerStep = parsed.GetValue(tasks),
                GroupSize = parsed.GetValue(group), KlCoefficient = parsed.GetValue(kl), Seed = parsed.GetValue(seed), Mapping = parsed.GetValue(mapping)!, Control = parsed.GetValue(control)!,
                Data = parsed.GetValue(data), Test = parsed.GetValue(test),
            };
            if (parsed.GetValue(smoke)) options = options.Smoke();
            return run(options, new RunControl(parsed.GetValue(output), parsed.GetValue(resume), parsed.GetValue(stop), parsed.GetValue(json),
                parsed.GetValue(every), parsed.GetValue(keep), parsed.GetValue(controls)), cancellationToken);
        });
        root.Subcommands.Add(Verify());
        return root;
    }

    private static Command Verify()
    {
        var folder = new Argument<string>("folder") { Description = "The folder of a run." };
        var verify = new Command("verify", "Recomputes the recorded log-probabilities of a run from its checkpoints.") { folder };
        verify.SetAction((parsed, cancellationToken) => LogProbVerifier.RunAsync(parsed.GetValue(folder)!, cancellationToken));
        return verify;
    }

    private static Option<int> Number(string name, string description, int value, int least)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            // A value that is no number is reported by the parser itself.
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var given) && given < least)
                result.AddError($"{name} is {given}; give at least {least}.");
        });
        return option;
    }

    private static Option<string> Choice(string name, string description, params string[] values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => values[0] };
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
