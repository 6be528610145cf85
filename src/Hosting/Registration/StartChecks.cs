using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Hosting;

/// <summary>Builds everything before the application starts, so that what is wrong is told then, all at once, and not by the first user.</summary>
internal sealed partial class StartChecks(HostedRegistry registry, IServiceProvider services) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var problems = Problems().Distinct(StringComparer.Ordinal).ToList();
        if (problems.Count > 0) throw new AgentTeamsException($"The application cannot start: {string.Join(" ", problems)}");
        Ready((services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("AgentTeams.Hosting"), registry.Workflows.Count);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<string> Problems()
    {
        var failedTeams = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in registry.Teams)
        {
            if (Try(() => services.GetRequiredKeyedService<Team>(name), out _) is not { } problem) continue;
            failedTeams.Add(name);
            yield return $"The team '{name}' cannot be made: {problem}";
        }

        foreach (var name in registry.Workflows)
        {
            if (Try(() => services.GetRequiredKeyedService<HostedWorkflow>(name), out var workflow) is { } problem)
            {
                yield return $"The workflow '{name}' cannot be made: {problem}";
                continue;
            }

            // Of a team that failed nothing more is known.
            if (workflow!.Models.Team is { } team && failedTeams.Contains(team)) continue;
            foreach (var wrong in workflow.Models.Problems(workflow.Roles)) yield return wrong;
        }
    }

    private static string? Try<T>(Func<T> make, out T? made)
    {
        made = default;
        try
        {
            made = make();
            return null;
        }
        catch (Exception e)
        {
            return e.Message;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Workflows are built and their models known: {Count}.")]
    private static partial void Ready(ILogger logger, int count);
}
