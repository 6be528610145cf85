namespace AgentTeams.Workflows;

/// <summary>A failure that another try cannot change.</summary>
internal interface IFinalFailure;
