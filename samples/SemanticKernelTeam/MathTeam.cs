using AgentTeams.Samples.WordProblems;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.Samples.SemanticKernelTeam;

/// <summary>
/// Planner, coder and verifier as Semantic Kernel agents, and a calculator as a plugin. This is the code that a team on Semantic
/// Kernel has anyway; recording it takes the two lines that name the recorder.
/// </summary>
internal sealed class MathTeam(Kernel kernel, double temperature)
{
    private const int Rounds = 3;
    private readonly ChatCompletionAgent _planner = Agent(kernel, Prompts.Planner, temperature, maxTokens: 8);
    private readonly ChatCompletionAgent _coder = Agent(kernel, Prompts.Coder, temperature, maxTokens: 16);
    private readonly ChatCompletionAgent _verifier = Agent(kernel, Prompts.Verifier, temperature, maxTokens: 5);

    public IReadOnlyList<ChatCompletionAgent> Agents => [_planner, _coder, _verifier];

    /// <summary>Works on a problem until the verifier accepts, three rounds at most; the last round's value counts.</summary>
    public async Task<string> SolveAsync(Problem problem, AgentRecorder? recorder, CancellationToken cancellationToken)
    {
        var (planner, coder, verifier) = (Recorded(_planner, recorder), Recorded(_coder, recorder), Recorded(_verifier, recorder));
        var (value, verdict, lastPlan, lastExpression) = ("", "", "", "");
        for (var round = 0; round < Rounds && verdict != Prompts.Accept; round++)
        {
            var retry = round > 0;
            var plan = await AskAsync(planner, retry ? [problem.Question, $"{verdict} {lastPlan}"] : [problem.Question], cancellationToken);
            var expression = await AskAsync(coder, retry ? [problem.Question, plan, $"retry {lastExpression}"] : [problem.Question, plan], cancellationToken);
            value = await CalculateAsync(Problem.Substitute(expression, problem.Numbers), recorder, cancellationToken);
            var claim = $"{expression} = {value}";
            if (round < Rounds - 1) verdict = await AskAsync(verifier, [problem.Question, retry ? $"retry {claim}" : claim], cancellationToken);
            (lastPlan, lastExpression) = (plan, expression);
        }

        return value;
    }

    private static Agent Recorded(ChatCompletionAgent agent, AgentRecorder? recorder) => recorder is null ? agent : agent.Recorded(recorder);

    private static async Task<string> AskAsync(Agent agent, string[] messages, CancellationToken cancellationToken)
    {
        var text = "";
        await foreach (var item in agent.InvokeAsync([.. messages.Select(m => new ChatMessageContent(AuthorRole.User, m))], cancellationToken: cancellationToken)) text = item.Message.Content;
        return text ?? "";
    }

    private async Task<string> CalculateAsync(string expression, AgentRecorder? recorder, CancellationToken cancellationToken)
    {
        var calculate = kernel.Plugins.GetFunction("calculator", "calculate");
        var arguments = new KernelArguments { ["expression"] = expression };
        var result = recorder is null
            ? await kernel.InvokeAsync(calculate, arguments, cancellationToken)
            : await recorder.InvokeAsync(kernel, calculate, arguments, cancellationToken);
        var text = result.ToString();
        return text.StartsWith("Error", StringComparison.Ordinal) ? Prompts.NoValue : text;
    }

    private static ChatCompletionAgent Agent(Kernel kernel, string name, double temperature, int maxTokens) => new()
    {
        Name = name,
        Instructions = Prompts.InstructionsOf(name),
        Kernel = kernel,
        // Each role has an adapter of its own on the one base model, under its name as the key.
        Arguments = new(new PromptExecutionSettings
        {
            ServiceId = name, ExtensionData = new Dictionary<string, object> { ["temperature"] = temperature, ["max_tokens"] = maxTokens },
        }),
    };
}
